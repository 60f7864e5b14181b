import { expect, test } from 'vitest';
import { renderMetrics } from '../../server/prometheus.ts';

test('labels and helps may hold anything: quotes, backslashes and line breaks are escaped', () => {
  const samples = [{ labels: { model: 'a"b\\n\nc', kind: 'é' }, value: 0.5 }];
  expect(renderMetrics([{ name: 'x', type: 'gauge', help: 'one\\two\nthree "four"', samples }])).toBe(
    '# HELP x one\\\\two\\nthree "four"\n# TYPE x gauge\nx{model="a\\"b\\\\n\\nc",kind="é"} 0.5\n',
  );
});

test('a metric without samples is told of all the same', () => {
  expect(renderMetrics([{ name: 'x', type: 'counter', help: 'h', samples: [] }])).toBe(
    '# HELP x h\n# TYPE x counter\n',
  );
});
