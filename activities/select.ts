import type { SelectContext } from '../define/context.ts';
import type { Ref } from '../model/definition.ts';
import { readClock } from '../store/clock.ts';
import { readPending } from '../store/read.ts';
import { recordSelection, type Chosen, type Seen } from '../store/selections.ts';
import type { StoredObject } from '../store/types.ts';
import type { PollerRegistration } from '../store/watchers.ts';
import type { Visit } from './contract.ts';
import type { ActivitySetup } from './create-activities.ts';
import { mask } from './mask.ts';
import { authorObject, createReader } from './reader.ts';
import { inTurn, orGivenUp, startLimit } from './turn.ts';

/** A step that chooses what is due, with its author's code. */
export interface LoadedPoller extends PollerRegistration {
  readonly fetchPending: (deleted: boolean, context: SelectContext) => unknown;
}

const TIMEOUT_MS = 10 * 60_000;
const SHOWN_LENGTH = 1_024;

/**
 * Ask a step which of its objects are due, and let go of those (design 3.9).
 *
 * What it throws is shown of its synchronizer, and stops nothing else: the other half of the question is asked all
 * the same, and the step is asked again in time.
 */
export function fetchPending(setup: ActivitySetup, name: string): Promise<Visit> {
  const { database } = setup.store;
  return inTurn(setup, 'pollers', name, async (turn, stopped) => {
    const poller = setup.pollers.get(name);
    if (poller === undefined) throw new Error(`this worker does not have the step of ${name}`);
    const now = await readClock(database);
    const chosen: Chosen[] = [];
    const faults: string[] = [];
    for (const deleted of [false, true]) {
      const secrets = new Set<string>();
      const limit = startLimit(TIMEOUT_MS, stopped);
      try {
        chosen.push(...(await ask(setup, poller, deleted, secrets, limit.signal)));
      } catch (error) {
        if (stopped.aborted) return { waitMs: 0 };
        const reason = mask(error instanceof Error ? error.message : String(error), secrets);
        setup.log.error({ err: error, sync_step: name }, 'fetchPending failed; asking again by itself');
        faults.push(`fetchPending(${deleted}) of ${name}: ${reason}`.slice(0, SHOWN_LENGTH).toWellFormed());
      } finally {
        limit.end();
      }
    }
    await recordSelection(database, turn, { askedAt: now, chosen, fault: faults.join('\n') || null });
    return { waitMs: null };
  });
}

async function ask(
  setup: ActivitySetup,
  { name, models, fetchPending }: LoadedPoller,
  deleted: boolean,
  secrets: Set<string>,
  signal: AbortSignal,
): Promise<Chosen[]> {
  const seen = new Map<number, Seen>();
  const context = contextOf(setup, deleted, secrets, seen);
  const answer = await orGivenUp(
    (async () => fetchPending(deleted, context))(),
    signal,
    setup.settings.graceMs,
  );
  if (!Array.isArray(answer) || !answer.every(isRef))
    throw new TypeError('it must return references to objects');
  const foreign = answer.find(({ model }) => !models.includes(model));
  if (foreign !== undefined) {
    throw new TypeError(`it returned ${foreign.model}/${foreign.id}, which ${name} does not synchronize`);
  }
  return answer.map(({ id }) => ({ id, deleted, seen: seen.get(id) ?? null }));
}

/** What it reads is noted: to choose an object means the generation of it that was seen. */
function contextOf(
  setup: ActivitySetup,
  deleted: boolean,
  secrets: Set<string>,
  seen: Map<number, Seen>,
): SelectContext {
  const { store } = setup;
  const note = (objects: readonly StoredObject[]): void => {
    for (const { id, generation, enacted } of objects)
      seen.set(id, { generation, dirty: enacted !== generation });
  };
  const noting = {
    ...store,
    async get(ref: Ref) {
      const object = await store.get(ref);
      if (object !== null) note([object]);
      return object;
    },
    async find(...query: Parameters<typeof store.find>) {
      const objects = await store.find(...query);
      note(objects);
      return objects;
    },
  };
  const pending = async (model: { readonly name: string }): Promise<unknown> => {
    const objects = await readPending(store.database, await store.models(), model.name, deleted);
    note(objects);
    return objects.map(authorObject);
  };
  // The types that authors see are those of their own models; here every object is alike.
  return { ...createReader(noting, secrets), pending } as SelectContext;
}

const isRef = (value: unknown): value is Ref =>
  typeof value === 'object' &&
  value !== null &&
  'model' in value &&
  typeof value.model === 'string' &&
  'id' in value &&
  Number.isSafeInteger(value.id);
