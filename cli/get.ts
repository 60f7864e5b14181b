import type { Client } from '../client/http.ts';
import type { ApiModel, ApiObject } from '../client/wire.ts';
import { EXIT } from './explain.ts';
import { modelNamed, objectNamed, spell, split } from './names.ts';
import { printData, printTable, type Format } from './render.ts';
import type { Session } from './session.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';
import { watchObjects } from './watch.ts';

export interface GetFlags {
  readonly output: Format;
  /** Words for states, separated by commas. */
  readonly state?: string;
  readonly sort?: string;
  /** Go on showing what changes. */
  readonly watch?: boolean;
}

interface Group {
  readonly model: ApiModel;
  readonly objects: readonly ApiObject[];
}

/** Print objects: `Model` means all of it, `Model/id` one. Without names, the models that there are. */
export async function get(
  names: readonly string[],
  { output, watch = false, ...which }: GetFlags,
  session: Session,
): Promise<number> {
  const { client, terminal } = session;
  const models = await client.models();
  if (names.length === 0 && which.state === undefined) {
    printModels(models, output, terminal);
    return EXIT.ok;
  }
  // A state alone is asked of all that there is.
  const asked = names.length > 0 ? names : models.filter(({ abstract }) => !abstract).map(({ name }) => name);
  const look = (): Promise<Group[]> => load(asked, models, client, which);
  if (watch) return watchObjects(async () => (await look()).flatMap(({ objects }) => objects), session);
  const groups = await look();
  const objects = groups.flatMap((group) => group.objects);
  if (output === 'name') for (const object of objects) terminal.out(spell(object));
  else if (output === 'json' || output === 'yaml') {
    const [first] = names;
    const isOne = names.length === 1 && first !== undefined && split(first).rest !== undefined;
    printData(isOne ? objects[0] : { items: objects }, output, terminal);
  } else {
    const shown = names.length > 0 ? groups : groups.filter((group) => group.objects.length > 0);
    if (shown.length === 0) terminal.note(`Nothing is ${which.state ?? 'there'}.`);
    printGroups(shown, { isWide: output === 'wide', which }, terminal);
  }
  return EXIT.ok;
}

/** Objects by the model that they were asked for under, in the order of the question. */
async function load(
  names: readonly string[],
  models: readonly ApiModel[],
  client: Client,
  { state, sort }: Pick<GetFlags, 'state' | 'sort'>,
): Promise<Group[]> {
  const options = {
    ...(state !== undefined && { state: state.split(',') }),
    ...(sort !== undefined && { sort }),
  };
  const groups = new Map<ApiModel, ApiObject[]>();
  for (const name of names) {
    const { model: modelName, rest } = split(name);
    const model = modelNamed(modelName, models);
    const found = groups.get(model) ?? [];
    groups.set(model, found);
    if (rest !== undefined) found.push(await objectNamed(name, models, client));
    else for await (const object of client.all(model.name, options)) found.push(object);
  }
  return [...groups].map(([model, objects]) => ({ model, objects }));
}

function printGroups(
  groups: readonly Group[],
  { isWide, which }: { readonly isWide: boolean; readonly which: Pick<GetFlags, 'state'> },
  terminal: Terminal,
): void {
  groups.forEach(({ model, objects }, at) => {
    if (groups.length > 1) terminal.out(`${at === 0 ? '' : '\n'}${terminal.colors.bold(model.name)}`);
    if (objects.length > 0) printTable(objects, model, { isWide, terminal });
    else if (which.state !== undefined)
      terminal.note(`No ${model.name} is ${which.state}. \`accord get ${model.name}\` lists all of them.`);
    else terminal.note(`There is no ${model.name} yet. ${suggestion(model)}`);
  });
}

function suggestion(model: ApiModel): string {
  if (model.abstract) return 'Its objects are those of the models that extend it.';
  const required = model.fields.filter((field) => field.required);
  const example = required.map((field) => `${field.name.replace(/_ids?$/, '')}=…`);
  return `Create one: ${['accord create', model.name, ...example].join(' ')}`;
}

function printModels(models: readonly ApiModel[], output: Format, terminal: Terminal): void {
  if (output === 'json' || output === 'yaml') printData({ items: models }, output, terminal);
  else if (output === 'name') for (const model of models) terminal.out(model.name);
  else if (models.length === 0)
    terminal.note('No model is registered yet. Start a worker: accord worker DIR');
  else {
    const columns = [
      { title: 'MODEL', cell: (model: ApiModel) => model.name },
      { title: 'SYNCHRONIZER', cell: (model: ApiModel) => model.synchronizer },
      { title: 'PATH', cell: (model: ApiModel) => `${model.app}/${model.plural}` },
      { title: 'DESCRIPTION', cell: (model: ApiModel) => model.description },
    ];
    terminal.out(table(columns, models, terminal.width));
  }
}
