import type { TargetFile, TargetInput } from '../../define/target.ts';
import type { FieldDefinition, LinkDefinition, ModelDefinition } from '../../model/definition.ts';
import { mayBeNull } from '../../model/field-range.ts';
import { linkKey } from '../../model/json-schema.ts';

/** Write a Markdown page for each model. */
export function docPages({ models, program, rules }: TargetInput): TargetFile[] {
  return models.map((model) => {
    const guards = rules.filter((rule) => rule.guards.includes(model.name));
    const reached = program.flatMap(({ name, links }) =>
      links.filter(({ peer }) => peer === model.name).map((link) => ({ name, link })),
    );
    const text = [
      `# ${inline(model.name)}`,
      '',
      ...(model.description === '' ? [] : [inline(model.description), '']),
      ...facts(model),
      '',
      ...section('Goal', 'declarative', model),
      ...section('What is', 'feedback', model),
      ...(reached.length === 0
        ? []
        : [
            '## Linked from',
            '',
            ...reached.map(({ name, link }) => `- ${name}.${link.name}${wayBack(link)}`),
            '',
          ]),
      ...guards.flatMap(({ name, text }) => [`## Access rule ${name}`, '', '```', text.trim(), '```', '']),
    ];
    return { path: `docs/${model.name}.gen.md`, text: `${text.join('\n').trimEnd()}\n` };
  });
}

function facts(model: ModelDefinition): string[] {
  const { app, plural, bases, abstract } = model;
  return [
    ...(abstract
      ? ['- abstract: it has no objects of its own']
      : [`- REST: \`/xosapi/v1/${app}/${plural}\``]),
    ...(bases.length === 0 ? [] : [`- is a ${bases.join(', which is a ')}`]),
    ...model.xosLinks.map(
      ({ model: peer, via, into }) =>
        `- watches ${peer} via \`${via}\`${into === undefined ? '' : `, of it \`${into}\``}`,
    ),
  ];
}

function section(
  title: string,
  state: FieldDefinition['state'],
  { fields, links }: ModelDefinition,
): string[] {
  const rows = [
    ...fields.filter((field) => field.state === state).map(fieldRow),
    ...links.filter((link) => link.state === state).map(linkRow),
  ];
  if (rows.length === 0) return [];
  return [`## ${title}`, '', '| field | type | may be | meaning |', '| --- | --- | --- | --- |', ...rows, ''];
}

function fieldRow(field: FieldDefinition): string {
  const limits = [
    ...(mayBeNull(field) ? ['absent'] : ['not absent']),
    ...(field.default === undefined ? [] : [`default \`${JSON.stringify(field.default)}\``]),
    ...(field.maxLength === undefined ? [] : [`at most ${field.maxLength} characters`]),
    ...(field.minValue === undefined ? [] : [`at least ${field.minValue}`]),
    ...(field.maxValue === undefined ? [] : [`at most ${field.maxValue}`]),
    ...(field.choices === undefined
      ? []
      : [`one of ${field.choices.map((one) => JSON.stringify(one)).join(', ')}`]),
    ...(field.unique ? ['unique'] : []),
    ...(field.uniqueWith === undefined ? [] : [`unique with ${field.uniqueWith.join(', ')}`]),
    ...(field.secret ? ['secret: written, and never shown'] : []),
  ];
  const type = field.repeated ? `list of ${field.type}` : field.type;
  return row([field.name, type, limits.join('; '), field.helpText]);
}

function linkRow(link: LinkDefinition): string {
  const peer = link.narrowed ?? link.peer;
  const type = link.kind === 'manytomany' ? `links to ${peer}` : `link to ${peer}`;
  return row([linkKey(link), type, link.nullable ? 'absent' : 'not absent', link.helpText]);
}

const wayBack = ({ reverseName }: LinkDefinition): string =>
  reverseName === undefined ? '' : ` (\`${reverseName}\` from here)`;

const row = (cells: readonly string[]): string => `| ${cells.map(inline).join(' | ')} |`;

/** Text of the models on one line, which is neither a cell's end nor markup. */
function inline(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('|', '\\|')
    .trim();
}
