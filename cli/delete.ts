import { EXIT } from './explain.ts';
import { objectNamed, refOf, spell } from './names.ts';
import { waitFor } from './wait.ts';
import type { Session } from './session.ts';

interface DeleteOptions {
  readonly cascade: boolean;
  readonly orphan: boolean;
  readonly wait: boolean;
  readonly timeoutMs: number;
}

/** Mark objects for deletion; with `wait`, until their back ends have confirmed it. */
export async function remove(
  names: readonly string[],
  options: DeleteOptions,
  session: Session,
): Promise<number> {
  const { client, terminal } = session;
  const models = await client.models();
  const objects = [];
  // All names first: a wrong one must not leave half of them deleted.
  for (const name of names) objects.push(await objectNamed(name, models, client));
  const refs = new Map(objects.map((object) => [spell(object), refOf(object)]));
  for (const object of objects) {
    const marked = await client.remove(refOf(object), options);
    if (marked.length === 0) terminal.note(`${spell(object)} is being deleted already`);
    for (const name of marked) {
      terminal.out(`${name} marked for deletion`);
      const [model = '', id] = name.split('/');
      refs.set(name, { model, id: Number(id) });
    }
  }
  if (!options.wait) return EXIT.ok;
  return waitFor([...refs.values()], { goal: 'deleted', timeoutMs: options.timeoutMs }, session);
}
