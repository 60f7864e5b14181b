import { expect, test } from 'vitest';
import { didYouMean, nearest } from '../../model/suggest.ts';

test.each([
  ['ExampleServise', ['Color', 'ExampleService', 'ExampleServiceInstance'], 'ExampleService'],
  ['colour', ['Color', 'Column'], 'Color'],
  ['color', ['Colon', 'Color'], 'Color'],
  ['nmae', ['node', 'name'], 'name'],
  ['Slcie', ['Slices', 'Slice'], 'Slice'],
  ['x', ['name', 'node'], undefined],
  ['elephant', ['name', 'node'], undefined],
  ['name', [], undefined],
  ['a'.repeat(10_000), ['a'.repeat(10_001)], undefined],
])('nearest to %s of %j is %s', (name, candidates, expected) => {
  expect(nearest(name, candidates)).toBe(expected);
});

test('a name is no suggestion for itself', () => {
  expect(didYouMean('Color', ['Color'])).toBeUndefined();
  expect(didYouMean('Colr', ['Color'])).toBe('did you mean Color?');
});
