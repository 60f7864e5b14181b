import type { ApiObject } from '../client/wire.ts';
import { EXIT } from './explain.ts';
import { objectNamed, refOf, spell, title } from './names.ts';
import type { Session } from './session.ts';
import { stateShape, stateWord } from './states.ts';
import { printable } from './table.ts';
import { waitFor } from './wait.ts';

/**
 * Have objects synchronized again; with `wait`, until they are.
 *
 * With `pretend`, everything is done but touching the back end; they are only pretended from then on.
 */
export async function sync(
  names: readonly string[],
  options: { readonly wait: boolean; readonly timeoutMs: number; readonly pretend: boolean },
  session: Session,
): Promise<number> {
  const { client, terminal } = session;
  const models = await client.models();
  const objects = [];
  // All names first: a wrong one must not leave half of them asked for.
  for (const name of names) objects.push(await objectNamed(name, models, client));
  for (const object of objects) {
    if (options.pretend) await client.update(refOf(object), { pretend: true });
    await client.sync(refOf(object));
    terminal.out(`${spell(object)} is to be ${options.pretend ? 'pretended' : 'synchronized'}`);
  }
  if (options.pretend)
    for (const object of objects) terminal.note(`For real: accord update ${spell(object)} pretend=false`);
  if (!options.wait) return EXIT.ok;
  const goal = options.pretend ? 'pretended' : 'synced';
  const tellDeed = (object: ApiObject): Promise<void> => tellAttempt(object, session);
  return waitFor(objects.map(refOf), { goal, timeoutMs: options.timeoutMs, tellDeed }, session);
}

/** `✔ Color/3 red  synced, generation 2, attempt 12  0.1 s`, and what its playbook came to. */
async function tellAttempt(object: ApiObject, { client, terminal }: Session): Promise<void> {
  const [last] = await client.attempts(refOf(object));
  if (last?.outcome == null) return;
  const { outcome, generation, number, duration_ms: ms, summary } = last;
  const parts = [
    `${stateShape(stateWord(object))} ${title(object)}`,
    [outcome, ...(generation === null ? [] : [`generation ${generation}`]), `attempt ${number}`].join(', '),
    ms === null ? '' : `${(ms / 1_000).toFixed(1)} s`,
    summary ?? '',
  ];
  terminal.note(printable(parts.filter((part) => part !== '').join('  ')));
}
