import { describe, expect, test } from 'vitest';
import type { ModelDefinition } from '../../model/definition.ts';
import { dependenciesOf } from '../../plan/dependencies.ts';
import { parseModelDeps } from '../../plan/model-deps.ts';
import { watchedWithin } from '../../plan/watched.ts';
import { link, model } from '../support/models.ts';

/** Fabric → Instance → Flavor → Vendor, and Instance → Node; a Switch is a Node, and has a Vendor, too. */
const MODELS = [
  model('Fabric', { links: [link('instance', 'Instance')] }),
  model('Instance', { links: [link('flavor', 'Flavor'), link('node', 'Node')] }),
  model('Flavor', { links: [link('vendor', 'Vendor')] }),
  model('Node'),
  model('Switch', { bases: ['Node'], links: [link('vendor', 'Vendor')] }),
  model('Vendor', { links: [link('parent', 'Vendor')] }),
];

function pathsWithin(degree: number, models: readonly ModelDefinition[] = MODELS, deps = ''): string[] {
  const { ofModel } = dependenciesOf(models, parseModelDeps(deps).deps);
  return watchedWithin(models, ofModel, ['Fabric'], degree)
    .map(({ model: name, via, into }) => [name, via, ...(into === undefined ? [] : [into])].join(' '))
    .sort();
}

describe('what is watched within a degree', () => {
  test('is nothing at 0', () => {
    expect(pathsWithin(0)).toEqual([]);
  });

  test('is what the links lead to at 1, and what the links of those lead to at 2', () => {
    expect(pathsWithin(1)).toEqual(['Instance instance']);
    expect(pathsWithin(2)).toEqual(['Flavor instance.flavor', 'Instance instance', 'Node instance.node']);
  });

  test('goes on from the descendants of a base', () => {
    expect(pathsWithin(3)).toContain('Vendor instance.node.vendor');
  });

  test('goes round a circle no more often than the degree says', () => {
    expect(pathsWithin(4).filter((path) => path.startsWith('Vendor'))).toEqual([
      'Vendor instance.flavor.vendor',
      'Vendor instance.flavor.vendor.parent',
      'Vendor instance.node.vendor',
      'Vendor instance.node.vendor.parent',
    ]);
  });

  test('is the field alone that an xos_link leads into', () => {
    const fabric = model('Fabric', {
      links: [link('instance', 'Instance')],
      xosLinks: [
        { model: 'Instance', via: 'instance', into: 'ip' },
        { model: 'Node', via: 'instance.node' },
      ],
    });
    const models = [fabric, ...MODELS.slice(1)];
    expect(pathsWithin(1, models)).toEqual(['Instance instance ip', 'Node instance.node']);
  });

  test('follows model-deps, also where it names no link', () => {
    expect(
      pathsWithin(1, MODELS, '{Fabric: [[Flavor, instance.flavor, x], [Vendor, fake_accessor, y]]}'),
    ).toEqual(['Flavor instance.flavor', 'Vendor ']);
  });

  test('is refused when that is more than anybody means', () => {
    const names = ['a', 'b', 'c', 'd'];
    const dense = model('Fabric', { links: names.map((name) => link(name, 'Fabric')) });
    expect(pathsWithin(4, [dense])).toHaveLength(4 + 16 + 64 + 256);
    expect(() => pathsWithin(5, [dense])).toThrow('watchDegree 5 reaches more than 1000 paths');
  });
});
