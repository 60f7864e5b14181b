import fc from 'fast-check';
import { expect, test } from 'vitest';
import { modelDepsText } from '../../generate/model-deps-file.ts';
import { linkModels } from '../../model/link.ts';
import { parseXproto } from '../../model/parse.ts';
import { dependenciesOf } from '../../plan/dependencies.ts';
import { parseModelDeps } from '../../plan/model-deps.ts';

// Among them the words that YAML takes for something else.
const MODELS = ['A', 'B', 'No', 'True', 'Null', 'on', 'y'];
const link = fc.record({
  from: fc.constantFrom(...MODELS),
  to: fc.constantFrom(...MODELS),
  kind: fc.constantFrom('manytoone', 'manytomany', 'onetoone'),
  name: fc.constantFrom('l_yes', 'no', 'null', 'off', 'x', 'y', '_z'),
  reverse: fc.constantFrom('', ':+', ':ways', ':true_ones'),
});

test('the graph of a generated model-deps.yaml is that of the models', () => {
  const links = fc.uniqueArray(link, { selector: ({ from, name }) => `${from}.${name}`, maxLength: 12 });
  fc.assert(
    fc.property(links, (all) => {
      const messages = MODELS.map((model) => {
        const own = all.filter(({ from }) => from === model);
        const lines = own.map(
          ({ kind, name, to, reverse }, number) =>
            `optional ${kind} ${name}->${to}${reverse} = ${number + 1};`,
        );
        return `message ${model} (XOSBase) { ${lines.join(' ')} }`;
      });
      const text = `option app_label = "core"; ${messages.join('\n')}`;
      const { models } = linkModels([parseXproto('own.xproto', text).tree]);
      const { deps, faults } = parseModelDeps(modelDepsText(models));
      expect(faults).toEqual([]);
      expect(dependenciesOf(models, deps)).toEqual(dependenciesOf(models));
    }),
  );
});
