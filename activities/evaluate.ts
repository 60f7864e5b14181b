import { setTimeout as sleep } from 'node:timers/promises';
import type { Ref } from '../model/definition.ts';
import { DEFAULT_RETRY, retryDelayMs } from '../plan/delay.ts';
import { recordUnevaluated, storeDependencies } from '../store/evaluation.ts';
import { forgetTold } from '../store/outbox.ts';
import type { ActivitySetup } from './create-activities.ts';
import { mask } from './mask.ts';
import { openReadLog } from './read-log.ts';
import { authorObject, collectSecrets, createReader } from './reader.ts';

/** Well below what the workflow lets this take. */
const LONGEST_MS = 5_000;

/**
 * Ask the step of an object what it depends on besides its links (design 3.6).
 *
 * Author code, so it runs here, on the synchronizer's own queue, and never in a transaction or in the server. Where
 * it fails, the object is held and in error: waiting too long is safe, running too early is not.
 */
export async function evaluate(setup: ActivitySetup, ref: Ref): Promise<void> {
  const { store, settings } = setup;
  const object = await store.get(ref);
  const step = setup.steps.get(ref.model);
  // By way of a base of its model it could be asked of the wrong step.
  if (object === null || object.deleted || object.model !== ref.model) return;
  // A worker that is older, or newer, than what is registered: another may know; the workflow asks again in a while.
  if (step?.dependsOn === undefined) throw new Error(`this worker has no dependsOn for ${ref.model}`);
  // Before it is asked, as an attempt does when it begins: what relays claim from now on may be news to its answer.
  await forgetTold(store.database, ref.id);
  const secrets = new Set<string>();
  const fields = { ...object.declarative, ...object.feedback };
  collectSecrets((await store.models()).get(ref.model)?.definition, fields, secrets);
  // Should something that it reads change, it is asked again.
  const log = openReadLog();
  try {
    const asking = (async () => step.dependsOn?.(authorObject(object), createReader(store, secrets, log)))();
    const named: unknown = await orTooLate(asking);
    await storeDependencies(store.database, ref.id, object.generation, refsIn(named), log.reads());
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const retry = { ...DEFAULT_RETRY, ...settings.retry, ...step.retry };
    await recordUnevaluated(
      store.database,
      ref.id,
      object.generation,
      mask(`dependsOn: ${reason}`, secrets).slice(0, 1_024),
      retryDelayMs(object.failures + 1, retry, Math.random()),
      log.reads(),
    );
  }
}

/** Code that never answers would be asked for ever, without a word to anybody. */
async function orTooLate<T>(asking: Promise<T>): Promise<T> {
  const answered = new AbortController();
  const late = sleep(LONGEST_MS, undefined, { signal: answered.signal }).then(() => {
    throw new Error(`did not answer within ${LONGEST_MS / 1_000} seconds`);
  });
  try {
    return await Promise.race([asking, late]);
  } finally {
    answered.abort();
  }
}

function refsIn(named: unknown): Ref[] {
  if (!Array.isArray(named)) throw new TypeError('dependsOn must return a list of references');
  return named.map((ref: unknown) => {
    if (
      typeof ref === 'object' &&
      ref !== null &&
      'model' in ref &&
      'id' in ref &&
      typeof ref.id === 'number'
    )
      return { model: String(ref.model), id: ref.id };
    throw new TypeError('dependsOn must return references: {model, id}');
  });
}
