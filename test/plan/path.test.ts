import { expect, test } from 'vitest';
import { followPath } from '../../plan/path.ts';
import { link, model } from '../support/models.ts';

const MODELS = [
  model('Slice'),
  model('Instance', { links: [link('slice', 'Slice', { reverseName: 'instances' }), link('node', 'Node')] }),
  model('Node'),
  model('Switch', { bases: ['Node'], links: [link('vendor', 'Vendor')] }),
  model('Vendor'),
];

test('a path goes along links, and back along them by their reverse names', () => {
  expect(followPath(MODELS, 'Instance', 'slice')).toEqual({
    hops: [{ field: 'slice', isReverse: false }],
    end: 'Slice',
  });
  expect(followPath(MODELS, 'Slice', 'instances.node')).toEqual({
    hops: [
      { field: 'slice', isReverse: true },
      { field: 'node', isReverse: false },
    ],
    end: 'Node',
  });
});

test('a path may go on from what only descendants have', () => {
  expect(followPath(MODELS, 'Instance', 'node.vendor')?.end).toBe('Vendor');
});

test('a path that leads nowhere is none', () => {
  expect(followPath(MODELS, 'Instance', 'slice.nothing')).toBeUndefined();
  expect(followPath(MODELS, 'Slice', 'slice')).toBeUndefined();
});
