import type { ModelDefinition } from '../model/definition.ts';
import type { Default } from '../model/pattern-options.ts';
import { policyPatternOf } from './patterns.ts';
import { a, type StubPlace } from './step-stub.ts';
import { literal, safeName } from './typescript.ts';

/**
 * Write a model policy that completes its objects: it gives each an Instance of its own, and fills in links.
 *
 * @returns undefined when the options of the model ask for neither
 */
export function policyOfPattern(
  model: ModelDefinition,
  program: readonly ModelDefinition[],
  { door, models }: StubPlace,
): string | undefined {
  const { instance, defaults } = policyPatternOf(model);
  if (instance === undefined && defaults.length === 0) return undefined;
  const name = safeName(model.name);
  const peerOf = (link: string): string => {
    const found = model.links.find((one) => one.name === link);
    return found?.narrowed ?? found?.peer ?? link;
  };
  const peers = [
    ...defaults.map(({ link }) => peerOf(link)),
    ...(instance === undefined ? [] : [peerOf(instance), 'Slice']),
  ];
  const imported = [...new Set([model.name, ...peers])].map(safeName).toSorted();
  const uses = ['find', 'update', ...(instance === undefined ? [] : ['create'])].toSorted();
  return `import { DeferredException, policy, type ObjectOf, type PolicyContext } from ${literal(door)};
import { ${imported.join(', ')} } from ${literal(models)};

/** Completes ${a(model.verboseName)}: it runs before the step, and what it writes is written at once or not at all. */
export const modelPolicy${model.name} = policy({
  model: ${name},
  handleCreate: complete,
  handleUpdate: complete,
${instance === undefined ? '' : handleDelete(instance)}});

// Called again with every change: what is there stays as it is.
async function complete(
  object: ObjectOf<typeof ${name}>,
  { ${uses.join(', ')} }: PolicyContext,
): Promise<void> {
${[
  ...defaults.map((one) => defaultText(one, safeName(peerOf(one.link)))),
  ...(instance === undefined ? [] : [instanceText(model, instance, safeName(peerOf(instance)), program)]),
].join('\n')}}
`;
}

const handleDelete = (link: string): string => `
  async handleDelete(object, { remove }) {
    if (object.${link} !== null) await remove(object.${link});
  },
`;

function defaultText({ link, field, value }: Default, peer: string): string {
  const wanted = value === undefined ? 'true' : literal(value);
  const said =
    value === undefined ? `no ${peer} is marked ${field}` : `there is no ${peer} with ${field} ${value}`;
  return `  if (object.${link} === null) {
    const [usual] = await find(${peer}, { ${field}: ${wanted} });
    if (usual === undefined) throw new DeferredException(${literal(`${said} yet`)});
    await update(object, { ${link}: usual });
  }
`;
}

/** Fields of a Slice that say what its Instances are made of, by the links of these. */
const OF_SLICE: Readonly<Record<string, string>> = { image: 'default_image', flavor: 'default_flavor' };

function instanceText(
  model: ModelDefinition,
  link: string,
  peer: string,
  program: readonly ModelDefinition[],
): string {
  const linksOf = (name: string): readonly string[] =>
    program.find((one) => one.name === name)?.links.map((one) => one.name) ?? [];
  const more = Object.entries(OF_SLICE).filter(
    ([own, usual]) => linksOf(peer).includes(own) && linksOf('Slice').includes(usual),
  );
  return `  if (object.${link} === null) {
    const [slice] = await find(Slice, { service: object.owner });
    if (slice === undefined)
      throw new DeferredException(\`Service/\${object.owner.id} has no slice for machines yet\`);
    const machine = await create(${peer}, {
      name: \`${model.name.toLowerCase()}-\${object.id}\`,
      slice,
${more.map(([own, usual]) => `      ${own}: slice.${usual},\n`).join('')}    });
    await update(object, { ${link}: machine });
  }
`;
}
