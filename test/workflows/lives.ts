import { randomBytes } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { DeferredException, modelLink, PermanentException, policy, watcher } from '../../define/index.ts';
import { defineModel } from '../../define/model.ts';
import type { AnyPolicy, AnyStep, AnyWatcher } from '../../define/synchronizer.ts';
import type { Ref } from '../../model/definition.ts';
import type { Store } from '../../store/store.ts';
import type { StoredObject } from '../../store/types.ts';
import { loadPollers } from '../../worker/load-pollers.ts';
import type { LoadedSynchronizer } from '../../worker/load-synchronizer.ts';
import { loadWatchers } from '../../worker/load-watchers.ts';
import { attendIdOf, changed, workflowIdOf } from '../../workflows/messages.ts';
import type { Backend } from '../support/backend.ts';
import { field, link, model } from '../support/models.ts';
import { waitFor } from '../support/wait-for.ts';

/** Where lives are lived. */
export interface Lived {
  readonly store: Store;
  readonly backend: Backend;
  readonly client: Client;
  /** Do this while the worker cannot reach its database. */
  readonly withoutDatabase: (work: () => Promise<void>) => Promise<void>;
  /** Do this while another process is the worker, which is killed then. */
  readonly withDoomedWorker: (work: () => Promise<void>) => Promise<void>;
}

const NAME = 'recorder';
/** The name of the object over which the doomed worker hangs. */
export const DOOMED = 'doomed';
const fields = [
  field('name', { maxLength: 50 }),
  field('backend_handle', { state: 'feedback', nullable: true }),
];
const MODELS = [
  model('Base', { fields }),
  model('Node', { fields, links: [link('base', 'Base')] }),
  model('Patient', { fields }),
  model('Hasty', { fields }),
  model('Tenant', { fields }),
  model('Asking', { fields }),
  model('Chosen', { fields }),
  model('Brief', { fields }),
];
const Base = defineModel<'Base', { name: string }>('Base');
const Tenant = defineModel<'Tenant', { name: string }>('Tenant');

/** A synchronizer whose models differ by what their steps say of themselves. */
export function synchronizerOf(backend: Backend): LoadedSynchronizer {
  const steps: Record<string, AnyStep> = {
    Base: backend.step('Base'),
    Node: backend.step('Node'),
    // Its backoff ends only when something ends it.
    Patient: backend.step('Patient', { retry: { initialMs: 600_000 } }),
    Hasty: backend.step('Hasty', { onNewGoal: 'cancel' }),
    Tenant: backend.step('Tenant'),
    Brief: backend.step('Brief', { inline: true }),
    Asking: backend.step('Asking', { dependsOn: () => [] }),
    Chosen: backend.step('Chosen', {
      fetchPending: (_, context) => context.pending(defineModel('Chosen')),
    }),
  };
  const tenants: unknown = policy({
    model: Tenant,
    async handleCreate({ name }, { create }) {
      await create(Base, { name: `of ${name}` });
    },
  });
  const nodes: unknown = watcher({
    synchronizes: defineModel('Node'),
    watched: [modelLink(Base, { via: 'base' })],
    handleWatchedObject: () => undefined,
  });
  const distinct = Object.values(steps);
  return {
    name: NAME,
    folder: '/nowhere',
    models: MODELS,
    modelDeps: new Map(),
    steps: new Map(Object.entries(steps)),
    policies: new Map([['Tenant', tenants as AnyPolicy]]),
    watchers: loadWatchers(NAME, { steps: distinct, watchers: [nodes as AnyWatcher] }, MODELS).watchers,
    pollers: loadPollers(NAME, distinct).pollers,
  };
}

/** Every kind of life that a workflow lives, by the name of its history. Each ends with the run to record. */
export const LIVES: Readonly<Record<string, (where: Lived) => Promise<WorkflowHandle>>> = {
  /** Recorded when relays told everybody: it looks first. */
  async happy(where) {
    return synced(where, await create(where, 'Base'));
  },

  /** It is told what is due, and need not look. */
  async 'handed-on'(where) {
    return synced(where, await create(where, 'Base'));
  },

  async 'handed-on-inline'(where) {
    return synced(where, await create(where, 'Brief'));
  },

  async waiting(where) {
    const release = where.backend.hang('slow');
    const base = await create(where, 'Base', { name: 'slow' });
    const node = await create(where, 'Node', { base });
    await untilEvent(where, node, 'upsertWorkflowSearchAttributesEventAttributes');
    release();
    return synced(where, node);
  },

  async 'failing-then-recovering'(where) {
    where.backend.fail(() => new Error('HTTP 503'));
    const base = await create(where, 'Base');
    await until(where, base, ({ failures }) => failures >= 2, 'to have failed twice');
    where.backend.fail(() => undefined);
    return synced(where, base);
  },

  async inline(where) {
    return synced(where, await create(where, 'Brief'));
  },

  async 'inline-failing'(where) {
    where.backend.fail(() => new Error('HTTP 503'));
    const brief = await create(where, 'Brief');
    await until(where, brief, ({ failures }) => failures >= 2, 'to have failed twice');
    where.backend.fail(() => undefined);
    return synced(where, brief);
  },

  async deferred(where) {
    where.backend.fail(() => new DeferredException('no address yet'));
    const base = await create(where, 'Base');
    await waitFor('three attempts', () => (where.backend.attempts(base) >= 3 ? true : undefined));
    where.backend.fail(() => undefined);
    return synced(where, base);
  },

  async stalled(where) {
    where.backend.fail(() => new PermanentException('no such flavor'));
    const base = await create(where, 'Base');
    await until(where, base, ({ state }) => state === 'Stalled', 'to be Stalled');
    return runOf(where, base);
  },

  async 'superseded-in-backoff'(where) {
    const patient = await inBackoff(where);
    where.backend.fail(() => undefined);
    await update(where, patient);
    return synced(where, patient);
  },

  async 'superseded-at-work'(where) {
    where.backend.hang('stuck');
    const hasty = await create(where, 'Hasty', { name: 'stuck' });
    await waitFor('the attempt to begin', () => (where.backend.attempts(hasty) > 0 ? true : undefined));
    await update(where, hasty);
    return synced(where, hasty);
  },

  async 'begun-anew-in-backoff'(where) {
    const patient = await inBackoff(where);
    await (await runOf(where, patient)).terminate('a recorder');
    await where.store.database.query("select tell($1, 'changed', 2::smallint)", [patient.id]);
    await untilEvent(where, patient, 'timerStartedEventAttributes');
    where.backend.fail(() => undefined);
    await update(where, patient);
    return synced(where, patient);
  },

  async 'database-away'(where) {
    const release = where.backend.hang('slow');
    const base = await create(where, 'Base', { name: 'slow' });
    const node = await create(where, 'Node', { base });
    await untilEvent(where, node, 'upsertWorkflowSearchAttributesEventAttributes');
    await where.withoutDatabase(async () => {
      await signal(where, node);
      await untilEvent(where, node, 'timerStartedEventAttributes');
    });
    release();
    return synced(where, node);
  },

  async 'worker-lost'(where) {
    const base = await create(where, 'Base', { name: DOOMED, no_sync: true });
    await where.withDoomedWorker(async () => {
      await where.store.write(ME, (tx) => tx.update(base, { no_sync: false }));
      await waitFor('the attempt to begin', async () =>
        (await attemptsOn(where, base)).length > 0 ? true : undefined,
      );
    });
    const handle = await synced(where, base);
    const [first] = await attemptsOn(where, base);
    if (first?.code !== 'worker-lost') throw new Error('no worker was lost');
    return handle;
  },

  async deleted(where) {
    const base = await create(where, 'Base');
    await synced(where, base);
    await remove(where, base);
    return gone(where, base);
  },

  async 'deleted-in-backoff'(where) {
    const patient = await inBackoff(where);
    where.backend.fail(() => undefined);
    await remove(where, patient);
    return gone(where, patient);
  },

  async policed(where) {
    return synced(where, await create(where, 'Tenant'));
  },

  async evaluated(where) {
    return synced(where, await create(where, 'Asking'));
  },

  async 'continued-as-new'(where) {
    const release = where.backend.hang('slow');
    const base = await create(where, 'Base', { name: 'slow' });
    const node = await create(where, 'Node', { base });
    await untilEvent(where, node, 'upsertWorkflowSearchAttributesEventAttributes');
    const first = await runOf(where, node);
    await waitFor('the workflow to continue as new', async () => {
      if ((await first.describe()).status.name === 'CONTINUED_AS_NEW') return true;
      await signal(where, node);
      return undefined;
    });
    release();
    await synced(where, node);
    return first;
  },

  async watched(where) {
    const base = await create(where, 'Base');
    await synced(where, base);
    return where.client.workflow.getHandle(attendIdOf('watchers', `${NAME}/watcher Node`));
  },

  async chosen(where) {
    await synced(where, await create(where, 'Chosen'));
    return where.client.workflow.getHandle(attendIdOf('pollers', `${NAME}/step Chosen`));
  },
};

const ME = { name: 'a recorder' };

const create = ({ store }: Lived, of: string, more: Record<string, unknown> = {}): Promise<Ref> =>
  store.write(ME, (tx) => tx.create(of, { name: randomBytes(4).toString('hex'), ...more }));

const update = ({ store }: Lived, ref: Ref): Promise<void> =>
  store.write(ME, (tx) => tx.update(ref, { name: 'another' }));

async function remove({ store }: Lived, ref: Ref): Promise<void> {
  await store.write(ME, (tx) => tx.remove(ref));
}

const signal = ({ client }: Lived, ref: Ref): Promise<void> =>
  client.workflow.getHandle(workflowIdOf(ref)).signal(changed, { generation: 1, version: 1, stop: false });

const attemptsOn = ({ store }: Lived, { id }: Ref): Promise<{ code: string | null }[]> =>
  store.database.query('select code from attempts where object_id = $1 order by number', [id]);

async function inBackoff(where: Lived): Promise<Ref> {
  where.backend.fail(() => new Error('HTTP 503'));
  const patient = await create(where, 'Patient');
  await until(where, patient, ({ state }) => state === 'Error', 'to have failed');
  return patient;
}

async function until(
  { store }: Lived,
  ref: Ref,
  isSo: (object: StoredObject) => boolean,
  what: string,
): Promise<void> {
  await waitFor(
    `${workflowIdOf(ref)} ${what}`,
    async () => {
      const object = await store.get(ref);
      return object !== null && isSo(object) ? true : undefined;
    },
    () => store.get(ref),
  );
}

async function untilEvent({ client }: Lived, ref: Ref, kind: EventKind): Promise<void> {
  await waitFor(`${kind} of ${workflowIdOf(ref)}`, async () => {
    const history = await client.workflow
      .getHandle(workflowIdOf(ref))
      .fetchHistory()
      .catch(() => undefined);
    return history?.events?.some((event) => event[kind] != null) === true ? true : undefined;
  });
}

type EventKind = 'upsertWorkflowSearchAttributesEventAttributes' | 'timerStartedEventAttributes';

async function synced(where: Lived, ref: Ref): Promise<WorkflowHandle> {
  await until(where, ref, ({ state }) => state === 'Synced', 'to be Synced');
  return runOf(where, ref);
}

async function gone(where: Lived, ref: Ref): Promise<WorkflowHandle> {
  await waitFor('the object to be gone', async () =>
    (await where.store.get(ref)) === null ? true : undefined,
  );
  return runOf(where, ref);
}

/** The newest run of an object's workflow. */
async function runOf({ client }: Lived, ref: Ref): Promise<WorkflowHandle> {
  const { runId } = await client.workflow.getHandle(workflowIdOf(ref)).describe();
  return client.workflow.getHandle(workflowIdOf(ref), runId);
}
