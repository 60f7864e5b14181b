import type { ApiNeighbour, ApiWhy } from '../client/operate-wire.ts';
import type { ApiField, ApiList, ApiModel, ApiObject } from '../client/wire.ts';
import { eventLine } from './events.ts';
import { EXIT } from './explain.ts';
import { modelNamed, objectNamed, refOf, title } from './names.ts';
import { spanText } from './spans.ts';
import { inStateColor, stateShape, stateWord } from './states.ts';
import { printable, table } from './table.ts';
import { titleOf, whyText } from './why.ts';
import type { Session } from './session.ts';
import type { Terminal } from './terminal.ts';

const SHOWN_NEIGHBOURS = 10;
const SHOWN_EVENTS = 10;

/** Show objects on a readable page each: goal, what is, who has to do with them, and what has happened. */
export async function describe(names: readonly string[], session: Session): Promise<number> {
  const { client, terminal } = session;
  const models = await client.models();
  const objects = [];
  for (const name of names) objects.push(await objectNamed(name, models, client));
  for (const [at, object] of objects.entries()) {
    if (at > 0) terminal.out('');
    const ref = refOf(object);
    const [why, dependencies, dependents, happened] = await Promise.all([
      client.why(ref),
      client.dependencies(ref),
      client.dependents(ref),
      client.eventsOf(ref, SHOWN_EVENTS),
    ]);
    const model = modelNamed(object.leaf_model_name, models);
    terminal.out(
      [
        ...heading(object, terminal),
        ...section('Why', whyOf(why, terminal)),
        ...section('Goal', fields(object, model, 'declarative', terminal)),
        ...section('What is', fields(object, model, 'feedback', terminal)),
        ...section('Depends on', neighbours(dependencies)),
        ...section('Depended on by', neighbours(dependents)),
        ...section(
          'Events',
          happened.toReversed().map((event) => eventLine(event)),
        ),
      ].join('\n'),
    );
  }
  return EXIT.ok;
}

function heading(object: ApiObject, terminal: Terminal): string[] {
  const word = stateWord(object);
  const age = spanText(Date.now() - Date.parse(object.created));
  const flags = (['no_sync', 'no_policy', 'pretend', 'write_protect', 'deleted'] as const).filter(
    (flag) => object[flag],
  );
  return [
    inStateColor(word, `${stateShape(word)} ${printable(title(object))}   ${word}`, terminal),
    `  generation ${object.generation}, enacted ${object.enacted ?? '–'}, created ${age} ago`,
    ...(flags.length === 0 ? [] : [`  ${flags.join(', ')}`]),
  ];
}

/** Of what is done there is nothing to ask. */
function whyOf(why: ApiWhy, terminal: Terminal): string[] {
  return why.chain[0]?.state === 'Synced' ? [] : whyText(why, terminal).split('\n');
}

function fields(object: ApiObject, model: ApiModel, state: ApiField['state'], terminal: Terminal): string[] {
  const rows = model.fields.filter((field) => field.state === state);
  if (rows.length === 0) return [];
  const columns = [
    { title: 'FIELD', cell: (field: ApiField) => field.name },
    {
      title: 'VALUE',
      cell: (field: ApiField) => (field.secret ? '(secret)' : valueText(object[field.name])),
    },
  ];
  return table(columns, rows, terminal.width === undefined ? undefined : terminal.width - 2)
    .split('\n')
    .slice(1);
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function neighbours({ items, next }: ApiList<ApiNeighbour>): string[] {
  const shown = items.slice(0, SHOWN_NEIGHBOURS).map((one) => {
    const ways = one.relations.map(({ kind, field, via }) =>
      [kind, field, via && `via ${via}`].filter(Boolean).join(' '),
    );
    return `${stateShape(stateWord(one))} ${titleOf(one)}   ${stateWord(one)}   ${ways.join(', ')}${one.waits ? '   ⧗ waited for' : ''}`;
  });
  const rest = items.length - shown.length;
  return rest === 0 ? shown : [...shown, `and ${rest}${next === undefined ? '' : ' or'} more`];
}

function section(name: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', name, ...lines.map((line) => `  ${line}`)];
}
