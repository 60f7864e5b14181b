import { EXIT } from './explain.ts';
import { objectNamed, refOf, spell } from './names.ts';
import type { Session } from './session.ts';
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
  return waitFor(objects.map(refOf), { goal, timeoutMs: options.timeoutMs }, session);
}
