import type { HandleWatchedObject, WatchedEvent } from '../define/watcher.ts';
import { retryDelayMs } from '../plan/delay.ts';
import { affectedBy } from '../store/affected.ts';
import { failDelivery, finishDelivery, lastState, nextDelivery, type Delivery } from '../store/deliveries.ts';
import { complete } from '../store/read.ts';
import type { Turn } from '../store/turn.ts';
import type { WatcherRegistration } from '../store/watchers.ts';
import type { Visit } from './contract.ts';
import type { ActivitySetup } from './create-activities.ts';
import { mask } from './mask.ts';
import { authorObject, collectSecrets, createReader, type AuthorObject } from './reader.ts';
import { inTurn, orGivenUp, startLimit } from './turn.ts';

/** A watcher with its author's code. */
export interface LoadedWatcher extends WatcherRegistration {
  readonly handle: HandleWatchedObject;
}

/** A visit ends after a while, so that none grows without bounds; the next one goes on. */
const LONGEST_VISIT_MS = 10_000;
const HANDLER_TIMEOUT_MS = 30 * 60_000;
const SHOWN_LENGTH = 1_024;

/**
 * Deliver to a watcher what is due, one event after the other (design 3.9).
 *
 * An event is forgotten after it was handled: whoever dies in between leaves it to be delivered again. One that
 * fails is put off, and parked after too many failures.
 */
export function deliverEvents(setup: ActivitySetup, name: string): Promise<Visit> {
  const { database } = setup.store;
  return inTurn(setup, 'watchers', name, async (turn, signal) => {
    const watcher = setup.watchers.get(name);
    // Another version of the synchronizer has it, and maybe a worker.
    if (watcher === undefined) throw new Error(`this worker does not have the watcher ${name}`);
    const until = performance.now() + LONGEST_VISIT_MS;
    while (performance.now() < until && !signal.aborted) {
      const next = await nextDelivery(database, name);
      if (next === null || typeof next === 'number') return { waitMs: next && Math.ceil(next) };
      await deliver(setup, watcher, turn, next, signal);
    }
    return { waitMs: 0 };
  });
}

async function deliver(
  setup: ActivitySetup,
  watcher: LoadedWatcher,
  turn: Turn,
  delivery: Delivery,
  stopped: AbortSignal,
): Promise<void> {
  const { database } = setup.store;
  const secrets = new Set<string>();
  const limit = startLimit(HANDLER_TIMEOUT_MS, stopped);
  const { signal } = limit;
  try {
    const object = await objectOf(setup, watcher.name, delivery, secrets);
    const event = await eventOf(setup, watcher, delivery, secrets, signal);
    const handling = (async () => watcher.handle(object, event))();
    await orGivenUp(handling, signal, setup.settings.graceMs);
  } catch (error) {
    // It was asked to end, which is no failure of the watcher's: it is delivered again.
    if (stopped.aborted) return;
    const reason = error instanceof Error ? error.message : String(error);
    const text = mask(reason === '' ? 'failed without saying why' : reason, secrets).slice(0, SHOWN_LENGTH);
    const delayMs = retryDelayMs(delivery.tries + 1, setup.settings.retry, Math.random());
    const isParked = await failDelivery(database, turn, delivery, { text: text.toWellFormed(), delayMs });
    const fields = { watcher: watcher.name, ...delivery.object, event: delivery.event, reason: text };
    if (isParked) setup.log.error(fields, 'watcher failed too often; the event is parked');
    else setup.log.warn(fields, 'watcher failed; trying again by itself');
    return;
  } finally {
    limit.end();
  }
  await finishDelivery(database, turn, delivery);
}

/** The object as it is now; as it was last, when it is deleted or gone. */
async function objectOf(
  setup: ActivitySetup,
  watcher: string,
  delivery: Delivery,
  secrets: Set<string>,
): Promise<AuthorObject> {
  const { object: ref, event } = delivery;
  const stored = event === 'deleted' ? null : await setup.store.get(ref);
  const last = stored === null ? await lastState(setup.store.database, watcher, delivery) : {};
  const definition = (await setup.store.models()).get(ref.model)?.definition;
  const { declarative, feedback } = stored ?? { declarative: last, feedback: last };
  collectSecrets(definition, { ...declarative, ...feedback }, secrets);
  const fields =
    definition === undefined ? { declarative, feedback } : complete(definition, { declarative, feedback });
  return authorObject({ ...ref, ...fields });
}

async function eventOf(
  setup: ActivitySetup,
  watcher: LoadedWatcher,
  { id, object, event, changed, before }: Delivery,
  secrets: Set<string>,
  signal: AbortSignal,
): Promise<WatchedEvent> {
  const { store, synchronizer } = setup;
  const deleted = event === 'deleted';
  return {
    ...createReader(store, secrets),
    event,
    changedFields: changed,
    before,
    affected: await affectedBy(store.database, await store.models(), watcher, object, { deleted }),
    id,
    log: setup.log.child({
      synchronizer_name: synchronizer,
      sync_step: watcher.name,
      model: object.model,
      id: object.id,
    }),
    signal,
  };
}
