import type { FieldDefinition, LinkDefinition, ModelDefinition } from '../model/definition.ts';
import { mayBeNull, valuesOf } from '../model/field-range.ts';
import { baseName, comment, literal, safeName, union } from './typescript.ts';

export interface ModelsFile {
  /** The xproto files; the first line names them, wherever they lie. */
  readonly sources: readonly string[];
  /** What `defineModel` and `Ref` are imported from. */
  readonly door: string;
  /** Names of the models that the files declare; what they link to is added. */
  readonly declared: ReadonlySet<string>;
}

/**
 * Write the TypeScript of models: for each its declarative and its feedback half, and a value that carries both.
 *
 * The same models give the same text.
 */
export function generateModels(models: readonly ModelDefinition[], file: ModelsFile): string {
  const program = createProgram(models);
  const wanted = reachable(program, file.declared);
  const own = models.filter(({ name }) => file.declared.has(name));
  const others = models.filter(({ name }) => wanted.has(name) && !file.declared.has(name));
  const written = [...own, ...others];
  const imports = [
    'defineModel',
    ...(written.some((model) => namesModel(program, model)) ? ['type Model'] : []),
    ...(written.some(({ links }) => links.length > 0) ? ['type Ref'] : []),
  ];
  return [
    `// Generated from ${file.sources.map(baseName).join(', ')}. Edit the xproto, then run \`accord generate\`.`,
    `import { ${imports.join(', ')} } from ${literal(file.door)};`,
    ...written.map((model) => modelText(program, model)),
    '',
  ].join('\n');
}

interface Program {
  readonly models: ReadonlyMap<string, ModelDefinition>;
  /** By base. */
  readonly descendants: ReadonlyMap<string, readonly ModelDefinition[]>;
}

function createProgram(models: readonly ModelDefinition[]): Program {
  const descendants = Map.groupBy(
    models.flatMap((model) => model.bases.map((base) => ({ base, model }))),
    ({ base }) => base,
  );
  return {
    models: new Map(models.map((model) => [model.name, model])),
    descendants: new Map([...descendants].map(([base, pairs]) => [base, pairs.map(({ model }) => model)])),
  };
}

/** The models that one gets to by links and `xos_links`, with the descendants of each, as a link may hold those. */
function reachable(program: Program, declared: ReadonlySet<string>): ReadonlySet<string> {
  const found = new Set(declared);
  // A set that grows is visited to its new end.
  for (const name of found) {
    const model = program.models.get(name);
    for (const link of model?.links ?? []) found.add(link.narrowed ?? link.peer);
    for (const link of model?.xosLinks ?? []) found.add(link.model);
    for (const descendant of program.descendants.get(name) ?? []) found.add(descendant.name);
  }
  return found;
}

function modelText(program: Program, model: ModelDefinition): string {
  const name = safeName(model.name);
  const { fields, links } = model;
  const half = (state: FieldDefinition['state']): string[] =>
    fields.filter((field) => field.state === state).flatMap(fieldText);
  const types = [union(leavesOf(program, model).map(literal)), `${name}State`, `${name}Feedback`];
  const optional = optionalOf(model).map(literal);
  if (optional.length > 0) types.push(union(optional));
  return [
    '',
    ...comment(model.description),
    `export interface ${name}State {`,
    ...half('declarative'),
    ...links.flatMap((link) => linkText(program, link)),
    '}',
    `export interface ${name}Feedback {`,
    ...half('feedback'),
    '}',
    `export const ${name} = defineModel<`,
    types.map((type) => `  ${type}`).join(',\n'),
    `>(${literal(model.name)});`,
    ...anyText(program, model),
  ].join('\n');
}

/** The models that an object of `model` may be of; an abstract one has no objects of its own. */
function leavesOf(program: Program, model: ModelDefinition): string[] {
  return membersOf(program, model).map(({ name }) => name);
}

/** For a base: the union that a reference to it narrows by `model`. */
function anyText(program: Program, model: ModelDefinition): string[] {
  if (!program.descendants.has(model.name)) return [];
  const members = membersOf(program, model).map((one) => `  | ${leafType(program, one)}`);
  return [
    ...comment(
      `Any ${model.verboseName}: what a link to one may hold. Follow it, then \`switch (object.model)\`.`,
    ),
    `export type Any${safeName(model.name)} =`,
    `${members.join('\n')};`,
  ];
}

/** A base and its descendants, as far as they have objects. */
function membersOf(program: Program, base: ModelDefinition): readonly ModelDefinition[] {
  const concrete = [base, ...(program.descendants.get(base.name) ?? [])].filter((one) => !one.abstract);
  return concrete.length === 0 ? [base] : concrete;
}

/** Does its text name the type `Model`? */
const namesModel = (program: Program, model: ModelDefinition): boolean =>
  program.descendants.has(model.name) &&
  membersOf(program, model).some(({ name }) => program.descendants.has(name));

/** The type of a model's objects without those of its descendants, so that one name means one type. */
function leafType(program: Program, { name: model }: ModelDefinition): string {
  const name = safeName(model);
  if (!program.descendants.has(model)) return `typeof ${name}`;
  return `Model<${literal(model)}, ${name}State, ${name}Feedback>`;
}

/** What may be left out on create. */
function optionalOf({ fields, links }: ModelDefinition): string[] {
  const declarative = [...fields, ...links].filter(({ state }) => state === 'declarative');
  return declarative.filter((one) => one.nullable || 'default' in one).map(({ name }) => name);
}

function fieldText(field: FieldDefinition): string[] {
  const values = valuesOf(field);
  const scalar = values ? union(values.map(literal)) : SCALARS[kindOf(field.type)];
  const type = field.repeated
    ? `readonly ${scalar.includes('|') ? `(${scalar})` : scalar}[]`
    : mayBeNull(field)
      ? `${scalar} | null`
      : scalar;
  return [...comment(helpOf(field), '  '), `  ${field.name}: ${type};`];
}

function linkText(program: Program, link: LinkDefinition): string[] {
  const peer = link.narrowed ?? link.peer;
  const target = program.descendants.has(peer) ? `Any${safeName(peer)}` : `typeof ${safeName(peer)}`;
  const ref = `Ref<${target}>`;
  const type = link.kind === 'manytomany' ? `readonly ${ref}[]` : link.nullable ? `${ref} | null` : ref;
  return [...comment(link.helpText, '  '), `  ${link.name}: ${type};`];
}

const SCALARS = { text: 'string', flag: 'boolean', number: 'number' };

function kindOf(type: FieldDefinition['type']): keyof typeof SCALARS {
  if (type === 'bool') return 'flag';
  return type === 'string' || type === 'bytes' || type === 'enum' ? 'text' : 'number';
}

function helpOf({ helpText, default: value }: FieldDefinition): string {
  if (value === undefined) return helpText;
  return `${helpText}\n@default ${typeof value === 'string' ? literal(value) : String(value)}`;
}
