import type { ApiObject } from '../client/wire.ts';
import { readAssignments } from './assignments.ts';
import { EXIT } from './explain.ts';
import { modelNamed, objectNamed, refOf, spell } from './names.ts';
import { printData, type Format } from './render.ts';
import type { Session } from './session.ts';

/** Create one object of `name` from `field=value`. */
export async function create(
  name: string,
  assignments: readonly string[],
  { output }: { output?: Format },
  session: Session,
): Promise<number> {
  const { client } = session;
  const models = await client.models();
  const model = modelNamed(name, models);
  const fields = await readAssignments(assignments, { client, model, models });
  report(await client.create(model.name, fields), 'created', output, session);
  return EXIT.ok;
}

/** Change the named fields of one object; with `ifVersion`, only if that is still the stored version. */
export async function update(
  name: string,
  assignments: readonly string[],
  { output, ifVersion }: { output?: Format; ifVersion?: number },
  session: Session,
): Promise<number> {
  const { client } = session;
  const models = await client.models();
  const before = await objectNamed(name, models, client);
  const model = modelNamed(before.leaf_model_name, models);
  const changes = await readAssignments(assignments, { client, model, models });
  const after = await client.update(
    refOf(before),
    changes,
    ifVersion === undefined ? {} : { version: ifVersion },
  );
  report(after, after.updated === before.updated ? 'unchanged' : 'updated', output, session);
  return EXIT.ok;
}

function report(object: ApiObject, act: string, output: Format | undefined, { terminal }: Session): void {
  if (output === 'json' || output === 'yaml') printData(object, output, terminal);
  else terminal.out(output === 'name' ? spell(object) : `${spell(object)} ${act}`);
}
