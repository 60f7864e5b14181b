import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, ServerUnavailable } from '../client/http.ts';
import type { ApiObject } from '../client/wire.ts';
import type { Ref } from '../model/definition.ts';
import { EXIT } from './explain.ts';
import { modelNamed, objectNamed, refOf, split, title } from './names.ts';
import { isSettled, stateShape, stateWord } from './states.ts';
import { printable } from './table.ts';
import type { Session } from './session.ts';

export type Goal = 'synced' | 'deleted' | 'pretended';

interface WaitOptions {
  readonly goal: Goal;
  readonly timeoutMs: number;
  /** Ends the wait early, with an exception. */
  readonly signal?: AbortSignal;
}

const POLL_MS = 250;

/** Wait until all named objects are there. `Model` alone means those of its objects that there are now. */
export async function wait(
  names: readonly string[],
  options: WaitOptions,
  session: Session,
): Promise<number> {
  const { client } = session;
  const models = await client.models();
  const refs: Ref[] = [];
  for (const name of names) {
    const { model, rest } = split(name);
    // What is gone is deleted: an id needs not be found.
    if (rest !== undefined && /^\d+$/.test(rest))
      refs.push({ model: modelNamed(model, models).name, id: Number(rest) });
    else if (rest !== undefined) refs.push(refOf(await objectNamed(name, models, client)));
    else for await (const object of client.all(modelNamed(model, models).name)) refs.push(refOf(object));
  }
  return waitFor(refs, options, session);
}

/**
 * Wait until all of `refs` are synced, or pretended, or gone. Changes are told on stderr, arrivals on stdout.
 *
 * @returns the exit code: 1 when time is up, or when an object that was to be there is gone
 */
export async function waitFor(
  refs: readonly Ref[],
  { goal, timeoutMs, signal }: WaitOptions,
  session: Session,
): Promise<number> {
  const { terminal } = session;
  const deadline = Date.now() + timeoutMs;
  const pending = new Map(refs.map((ref) => [`${ref.model}/${ref.id}`, ref]));
  const told = new Map<string, string>();
  let lost = 0;
  for (;;) {
    for (const [name, ref] of pending) {
      signal?.throwIfAborted();
      const object = await look(ref, session);
      if (object === 'unknown') continue;
      const isThere = isAt(goal, object);
      if (isThere || object === null) pending.delete(name);
      if (isThere) terminal.out(`${name} ${goal}`);
      else if (object === null) {
        lost += 1;
        terminal.note(
          `✗ ${name} is gone, and will not be ${goal}; see what there is: accord get ${ref.model}`,
        );
      } else tell(name, object);
    }
    if (pending.size === 0) return lost === 0 ? EXIT.ok : EXIT.failed;
    if (Date.now() >= deadline) break;
    await sleep(Math.min(POLL_MS, Math.max(1, deadline - Date.now())), undefined, signal && { signal });
  }
  const names = [...pending.keys()];
  const shown =
    names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
  terminal.note(`not ${goal} within ${timeoutMs / 1000} s: ${shown}`);
  terminal.note(`To see why:  accord why ${names[0] ?? ''}`);
  return EXIT.failed;

  function tell(name: string, object: ApiObject): void {
    const word = stateWord(object);
    const line = `${stateShape(word)} ${title(object)}  ${word}  ${object.backend_status}`;
    if (told.get(name) === line) return;
    told.set(name, line);
    terminal.note(printable(line));
  }
}

function isAt(goal: Goal, object: ApiObject | null): boolean {
  if (object === null) return goal === 'deleted';
  if (goal === 'pretended') return object.state === 'Pretended';
  return goal === 'synced' && isSettled(object);
}

/** The object, null when there is none; unknown while the server cannot say: it may be on its way back. */
async function look(ref: Ref, { client }: Session): Promise<ApiObject | null | 'unknown'> {
  try {
    return await client.get(ref);
  } catch (error) {
    if (error instanceof ApiError && error.code === 'E_NOT_FOUND') return null;
    if (error instanceof ServerUnavailable || (error instanceof ApiError && error.status === 503))
      return 'unknown';
    throw error;
  }
}
