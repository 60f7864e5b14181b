import type { Target, TargetInput } from '../../define/target.ts';
import { dotText } from '../draw-text.ts';
import { graphOfModels, type ModelGraph } from '../graph.ts';
import { modelDepsText } from '../model-deps-file.ts';
import { generateModels } from '../models.ts';
import { jsonText, schemaText } from '../schema.ts';
import { docPages } from './docs.ts';
import { openapiOf } from './openapi.ts';
import { synchronizerFiles } from './synchronizer.ts';

/** What `accord generate --target` knows by name. */
export const TARGETS: Readonly<Record<string, Target>> = {
  synchronizer: synchronizerFiles,
  'model-deps': ({ models }) => [{ path: 'model-deps.yaml', text: modelDepsText(models) }],
  'model-deps-graphviz': (input) => [
    { path: 'model-deps.gen.dot', text: dotText(dependenciesAlone(graph(input))) },
  ],
  dot: (input) => [{ path: 'models.gen.dot', text: dotText(graph(input)) }],
  openapi: (input) => [{ path: 'openapi.gen.json', text: jsonText(openapiOf(input)) }],
  jsonschema: ({ models, sources }) => [{ path: 'schema.gen.json', text: schemaText(models, sources) }],
  typescript: ({ models, program, sources, door }) => [
    { path: 'models.gen.ts', text: generateModels(program, { sources, door, declared: namesOf(models) }) },
  ],
  docs: docPages,
  ir: ({ models, rules }) => [{ path: 'models.gen.json', text: jsonText({ models, rules }) }],
};

const namesOf = (models: TargetInput['models']): ReadonlySet<string> =>
  new Set(models.map(({ name }) => name));

const graph = ({ program, models }: TargetInput): ModelGraph => graphOfModels(program, namesOf(models));

function dependenciesAlone({ nodes, edges, cycles }: ModelGraph): ModelGraph {
  const kept = edges.filter(({ kind }) => kind === 'dependency');
  const reached = new Set(kept.flatMap(({ from, to }) => [from, to]));
  return {
    nodes: nodes.filter(({ declared, model }) => declared || reached.has(model)),
    edges: kept,
    cycles,
  };
}
