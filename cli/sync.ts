import { EXIT } from './explain.ts';
import { objectNamed, refOf, spell } from './names.ts';
import type { Session } from './session.ts';
import { waitFor } from './wait.ts';

/** Have objects synchronized again; with `wait`, until they are. */
export async function sync(
  names: readonly string[],
  options: { readonly wait: boolean; readonly timeoutMs: number },
  session: Session,
): Promise<number> {
  const { client, terminal } = session;
  const models = await client.models();
  const objects = [];
  // All names first: a wrong one must not leave half of them asked for.
  for (const name of names) objects.push(await objectNamed(name, models, client));
  for (const object of objects) {
    await client.sync(refOf(object));
    terminal.out(`${spell(object)} is to be synchronized`);
  }
  if (!options.wait) return EXIT.ok;
  return waitFor(objects.map(refOf), { goal: 'synced', timeoutMs: options.timeoutMs }, session);
}
