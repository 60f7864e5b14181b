import type { AnyStep } from '../define/synchronizer.ts';
import type { ModelDefinition } from '../model/definition.ts';
import { nearest } from '../model/suggest.ts';

/** Find what an instance step says of a model that the model does not have. */
export function instanceFaults(step: AnyStep, model: ModelDefinition): string[] {
  if (step.kind !== 'instance') return [];
  const { instance = 'instance', trustOnFirstUse } = step;
  const links = model.links.filter(({ kind }) => kind !== 'manytomany').map(({ name }) => name);
  const fields = model.fields.filter(({ state }) => state === 'feedback').map(({ name }) => name);
  const named = `the instance step of ${model.name}`;
  return [
    ...(links.includes(instance)
      ? []
      : [`${named} runs on what ${instance} leads to, but ${lacks(model.name, 'link', instance, links)}`]),
    ...(trustOnFirstUse === undefined || fields.includes(trustOnFirstUse)
      ? []
      : [
          `${named} records host keys in ${trustOnFirstUse}, but ` +
            lacks(model.name, 'feedback field', trustOnFirstUse, fields),
        ]),
  ];
}

function lacks(model: string, what: string, name: string, known: readonly string[]): string {
  const guess = nearest(name, known);
  return `${model} has no such ${what}${guess === undefined ? '' : `; did you mean ${guess}?`}`;
}
