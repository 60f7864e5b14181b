import type { ModelDefinition } from '../model/definition.ts';
import { targetOf } from '../plan/reach.ts';

/** Write the `model-deps.yaml` that says what the links of these models say: a place to begin from. */
export function modelDepsText(models: readonly ModelDefinition[]): string {
  const entries = models.map((model) => {
    const dependencies = dependencyLinks(model).map((dep) => `  - ${list(dep)}`);
    const name = word(model.name);
    return dependencies.length === 0 ? `${name}: []` : [`${name}:`, ...dependencies].join('\n');
  });
  return `${[...HEADER, ...(entries.length === 0 ? ['{}'] : entries)].join('\n')}\n`;
}

/** What a model depends on by its links: model, accessor and the name of the way back, as model-deps has them. */
function dependencyLinks({ links }: ModelDefinition): string[][] {
  return links
    .filter(({ state }) => state === 'declarative')
    .map((link) => [
      targetOf(link),
      link.name,
      ...(link.reverseName === undefined ? [] : [link.reverseName]),
    ]);
}

const list = (words: readonly string[]): string => `[${words.map(word).join(', ')}]`;

/** A name as YAML has it: in quotes where it would mean something else. */
const word = (name: string): string =>
  /^(?:null|true|false|yes|no|on|off|y|n|~)$/i.test(name) ? JSON.stringify(name) : name;

const HEADER = [
  '# What the objects of each model depend on: [model, accessor, reverse accessor]. What is said here of a model takes',
  '# the place of its own links. You can edit this file: `accord generate` writes it once, and `--check` says what',
  '# the models have and it lacks.',
];
