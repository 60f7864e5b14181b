import type { TargetFile, TargetInput } from '../../define/target.ts';
import { generateModels } from '../models.ts';
import { modelDepsText } from '../model-deps-file.ts';
import { stubsOf } from '../stubs.ts';
import { literal } from '../typescript.ts';

/** Write a whole synchronizer round models: steps, policies, configuration, and what launches it. */
export function synchronizerFiles(input: TargetInput): TargetFile[] {
  const { models, program, sources } = input;
  const name = models[0]?.app ?? 'synchronizer';
  const door = input.door.startsWith('.') ? `../${input.door.replace(/^\.\//, '')}` : input.door;
  const place = { door, models: '../models.gen.ts' };
  const declared = new Set(models.map((model) => model.name));
  return [
    { path: 'models.gen.ts', text: generateModels(program, { sources, door: input.door, declared }) },
    { path: 'model-deps.yaml', text: modelDepsText(models) },
    { path: 'accord.yaml', text: accordYaml(name) },
    { path: 'synchronizer.ts', text: synchronizerText(name, sources, input.door) },
    ...models.flatMap((model) => stubsOf(model, input, place)),
  ];
}

export function accordYaml(name: string, more: readonly string[] = []): string {
  return [
    '# Names the synchronizer and its task queue. All other keys have defaults: `accord config .` shows them.',
    `name: ${name}`,
    ...more,
    '',
  ].join('\n');
}

/** The launcher: `accord up .` runs it with all that it needs, `accord worker .` by itself. */
export function synchronizerText(name: string, sources: readonly string[], door: string): string {
  const urls = sources.map((source) => {
    const path = source.startsWith('.') ? source : `./${source}`;
    return `new URL(${literal(path)}, import.meta.url)`;
  });
  const models = urls.length === 1 ? (urls[0] ?? '') : `[${urls.join(', ')}]`;
  return `import { defineSynchronizer } from ${literal(door)};

// What steps/, policies/ and watchers/ export is loaded from there. To choose, list it: \`steps: [syncThis]\`.
export default defineSynchronizer({
  name: ${literal(name)},
  models: ${models},
});
`;
}
