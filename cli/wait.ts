import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiObject } from '../client/wire.ts';
import type { Ref } from '../model/definition.ts';
import { idIn } from '../model/ids.ts';
import { EXIT } from './explain.ts';
import { countText } from './fleet-lines.ts';
import { lookAt } from './look-at.ts';
import { modelNamed, objectNamed, refOf, split } from './names.ts';
import type { Session } from './session.ts';
import { isSettled } from './states.ts';
import { waitLine, waitLines } from './wait-lines.ts';

export type Goal = 'synced' | 'deleted' | 'pretended';

interface WaitOptions {
  readonly goal: Goal;
  readonly timeoutMs: number;
  /** Ends the wait early, with an exception. */
  readonly signal?: AbortSignal;
  /** Besides, tell of each that has come to its goal what was done for that. */
  readonly tellDeed?: (object: ApiObject) => Promise<void>;
}

const POLL_MS = 250;
const POLL_MANY_MS = 1_000;
/** As many as one can follow line by line. */
const FEW = 20;
const SHOWN = 5;

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
    const id = rest === undefined ? undefined : idIn(rest);
    if (id !== undefined) refs.push({ model: modelNamed(model, models).name, id });
    else if (rest !== undefined) refs.push(refOf(await objectNamed(name, models, client)));
    else for await (const object of client.all(modelNamed(model, models).name)) refs.push(refOf(object));
  }
  return waitFor(refs, options, session);
}

/**
 * Wait until all of `refs` are synced, or pretended, or gone. Arrivals are told on stdout. Progress is drawn in place on
 * a terminal; elsewhere the changes of a few objects are told on stderr, and of many nothing but what is missing at the end.
 *
 * @returns the exit code: 1 when time is up, or when an object that was to be there is gone
 */
export async function waitFor(
  refs: readonly Ref[],
  { goal, timeoutMs, signal, tellDeed }: WaitOptions,
  session: Session,
): Promise<number> {
  const { terminal } = session;
  const deadline = Date.now() + timeoutMs;
  const pending = new Map(refs.map((ref) => [spellRef(ref), ref]));
  const all = pending.size;
  const last = new Map<string, ApiObject>();
  const told = new Map<string, string>();
  const tellsChanges = terminal.live === undefined && all <= FEW;
  let lost = 0;
  try {
    for (;;) {
      for await (const [ref, object] of lookAt([...pending.values()], session)) {
        signal?.throwIfAborted();
        if (object === 'unknown') continue;
        const name = spellRef(ref);
        const isThere = isAt(goal, object);
        if (isThere || object === null) pending.delete(name);
        if (isThere && object !== null) await tellDeed?.(object);
        if (isThere) terminal.out(`${name} ${goal}`);
        else if (object === null) {
          lost += 1;
          terminal.note(
            `✗ ${name} is gone, and will not be ${goal}; see what there is: accord get ${ref.model}`,
          );
        } else {
          last.set(name, object);
          if (tellsChanges) tell(name, object);
        }
      }
      if (pending.size === 0) return lost === 0 ? EXIT.ok : EXIT.failed;
      terminal.live?.(waitLines(named(last, pending), { all, pending: pending.size, goal }, terminal));
      if (Date.now() >= deadline) break;
      const pollMs = pending.size > FEW ? POLL_MANY_MS : POLL_MS;
      await sleep(Math.min(pollMs, Math.max(1, deadline - Date.now())), undefined, signal && { signal });
    }
  } finally {
    terminal.live?.([]);
  }
  const names = [...pending.keys()];
  if (!tellsChanges)
    for (const object of named(last, pending).slice(0, SHOWN)) terminal.note(waitLine(object));
  const rest = names.length > SHOWN ? ` and ${countText(names.length - SHOWN)} more` : '';
  terminal.note(`not ${goal} within ${timeoutMs / 1000} s: ${names.slice(0, SHOWN).join(', ')}${rest}`);
  terminal.note(`To see why:  accord why ${names[0] ?? ''}`);
  return EXIT.failed;

  function tell(name: string, object: ApiObject): void {
    const line = waitLine(object);
    if (told.get(name) === line) return;
    told.set(name, line);
    terminal.note(line);
  }
}

const spellRef = ({ model, id }: Ref): string => `${model}/${id}`;

/** What was last seen of those that are waited for, errors first. */
function named(last: ReadonlyMap<string, ApiObject>, pending: ReadonlyMap<string, Ref>): ApiObject[] {
  const seen = [...pending.keys()].flatMap((name) => last.get(name) ?? []);
  const isRoot = ({ state }: ApiObject): boolean => state === 'Error' || state === 'Stalled';
  return [...seen.filter(isRoot), ...seen.filter((object) => !isRoot(object))];
}

function isAt(goal: Goal, object: ApiObject | null): boolean {
  if (object === null) return goal === 'deleted';
  if (goal === 'pretended') return object.state === 'Pretended';
  return goal === 'synced' && isSettled(object);
}
