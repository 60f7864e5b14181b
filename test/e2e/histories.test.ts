import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { DeferredException, defineModel, PermanentException, step } from '../../define/index.ts';
import type { AnyStep } from '../../define/synchronizer.ts';
import type { Ref } from '../../model/definition.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { field, link, model } from '../support/models.ts';
import { isNotFound } from '../../client/temporal.ts';
import { waitFor } from '../support/wait-for.ts';

/** Distinctive: what is found anywhere is this value and no other. */
const random = (): string => randomBytes(8).toString('hex');

const fields = [
  field('name', { maxLength: 50 }),
  field('note', { maxLength: 200 }),
  field('weight', { type: 'int64' }),
  field('pin', { secret: true, nullable: true }),
  field('backend_handle', { state: 'feedback', nullable: true }),
];
const MODELS = [model('Base', { fields }), model('Node', { fields, links: [link('base', 'Base')] })];

/** All that objects hold here: goals and feedback. */
const values: string[] = [];
const given = <T extends string | number>(value: T): T => {
  values.push(String(value));
  return value;
};
const goal = () => ({
  name: given(random()),
  note: given(random()),
  weight: given(Math.floor(1e12 + Math.random() * 8e12)),
  pin: given(random()),
});

/** Those whose step fails, by name, and how. */
const failing = new Map<string, (object: Seen) => unknown>();
const hanging = new Map<string, Promise<void>>();

interface Seen {
  readonly name: string;
  readonly pin: string | null;
}

const stepOf = (name: string): AnyStep =>
  step({
    synchronizes: defineModel<string, Seen, { backend_handle: string }>(name),
    async syncRecord(object) {
      await hanging.get(object.name);
      const error = failing.get(object.name)?.(object);
      // Authors throw anything.
      // eslint-disable-next-line @typescript-eslint/only-throw-error
      if (error !== undefined) throw error;
      return { backend_handle: given(random()) };
    },
    async deleteRecord() {},
  });

let engine: Engine;
let client: Client;
beforeAll(async () => {
  engine = await startEngine(MODELS, { Base: stepOf('Base'), Node: stepOf('Node') });
  client = new Client({ connection: await Connection.connect({ address: inject('temporalAddress') }) });
});
afterAll(async () => {
  await engine.stop();
  await client.connection.close();
});

describe('of a good run, from creation to deletion', () => {
  test('no value of an object is in Temporal, and what is there tells the story', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow = goal();
    hanging.set(slow.name, promise);
    const base = await engine.create('Base', slow);
    const node = await engine.create('Node', { ...goal(), base });
    await engine.until(node, ({ root }) => root !== null, 'to wait');
    const waiting = await untilDetails(node, /./);
    resolve();
    await engine.untilState(node, 'Synced');
    await engine.update(base, goal());
    await engine.until(base, ({ enacted }) => enacted === 2, 'to be at generation 2');
    await engine.remove(base, { cascade: true });
    await engine.untilGone(base);
    await engine.untilGone(node);

    const text = await everythingAbout([base, node]);
    expect(values.filter((value) => text.includes(value) || waiting.includes(value))).toEqual([]);
    // So the search finds what there is: the input, the decision, the summary, the details.
    expect(text).toContain(`{"model":"Node","id":${node.id}`);
    expect(text).toContain('"generation":2');
    expect(text).toContain(`"delete Base/${base.id}"`);
    expect(waiting).toContain(`waiting for Base/${base.id}`);
  });
});

describe('whatever the text of an error says', () => {
  test.each<[string, (pin: string) => unknown]>([
    ['an error', (pin) => new Error(`login with ${pin} refused`)],
    ['its cause', (pin) => new Error('login refused', { cause: new Error(pin) })],
    ['a deferral', (pin) => new DeferredException(`${pin} is not known yet`)],
    ['a permanent failure', (pin) => new PermanentException(`${pin} is wrong`)],
    ['something that is no error', (pin) => pin],
    ['an object in JSON', (pin) => new Error(JSON.stringify({ login: { pin } }))],
    ['an address', (pin) => new Error(`GET /login?pin=${encodeURIComponent(pin)} answered 403`)],
    ['the end of a long text', (pin) => new Error(`${'x'.repeat(190)}${pin}${'x'.repeat(900)}`)],
  ])('a secret in %s is not in Temporal, and in no table', async (_, fail) => {
    // Quotes, a slash and a line break: texts spell them in many ways.
    const mark = random();
    const pin = `"${mark}"/\n&${mark}`;
    const bad = { ...goal(), pin };
    failing.set(bad.name, () => fail(pin));
    const base = await engine.create('Base', bad);
    const hasFailed = ['Error', 'Deferred', 'Stalled'];
    await engine.until(base, ({ state }) => hasFailed.includes(state), 'to have failed');
    const failed = await waitFor('the failure to be in Temporal', async () => {
      const text = await everythingAbout([base]);
      return /applicationFailureInfo/i.test(text) ? text : undefined;
    });
    expect(failed).not.toContain(mark);
    for (const table of ['attempts', 'events', 'outbox']) {
      const rows = await engine.store.database.query(`select * from ${table} where object_id = $1`, [
        base.id,
      ]);
      expect(JSON.stringify(rows)).not.toContain(mark);
    }
    expect(JSON.stringify({ ...(await engine.get(base)), declarative: null })).not.toContain(mark);

    failing.delete(bad.name);
    await engine.update(base, { note: given(random()) });
    await engine.untilState(base, 'Synced');
    expect(await everythingAbout([base])).not.toContain(mark);
  });
});

/** All runs of these objects' workflows, as one text: histories, what describes them, what the list shows. */
async function everythingAbout(refs: readonly Ref[]): Promise<string> {
  const texts = refs.map(async ({ model: name, id }) => {
    const workflowId = `${name}/${id}`;
    const newest = await client.workflow.getHandle(workflowId).describe();
    const runs = await waitFor('the list to have the newest run', async () => {
      const found = [];
      for await (const run of client.workflow.list({ query: `WorkflowId = '${workflowId}'` }))
        found.push(run);
      return found.some(({ runId }) => runId === newest.runId) ? found : undefined;
    });
    const told = runs.map(async (run) => {
      const handle = client.workflow.getHandle(workflowId, run.runId);
      return [run.raw, (await handle.describe()).raw, await handle.fetchHistory()].map(textOf).join('\n');
    });
    return (await Promise.all(told)).join('\n');
  });
  return (await Promise.all(texts)).join('\n');
}

/** Everything that can be read in a message of Temporal's: names, strings, and bytes as the text that they are. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, part]) => `${name} ${textOf(part)}`)
    .join('\n');
}

/** What the workflow says of itself, once it says this. What waits has one when it has waited for some seconds. */
async function untilDetails({ model: name, id }: Ref, what: RegExp): Promise<string> {
  const look = async (): Promise<string | undefined> => {
    const handle = client.workflow.getHandle(`${name}/${id}`);
    const metadata = await handle.query('__temporal_workflow_metadata').catch((error: unknown) => {
      if (isNotFound(error)) return {};
      throw error;
    });
    const { currentDetails = '' } = metadata as { currentDetails?: string };
    return what.test(currentDetails) ? textOf(metadata) : undefined;
  };
  return waitFor('details of the workflow', look, undefined, 60_000);
}
