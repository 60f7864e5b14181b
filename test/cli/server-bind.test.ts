import { expect, test } from 'vitest';
import { chooseBind } from '../../cli/server-bind.ts';

test('a server listens where ACCORD_BIND says', async () => {
  expect(await chooseBind({ ACCORD_BIND: '0.0.0.0:8123' })).toBe('0.0.0.0:8123');
  expect(await chooseBind({ ACCORD_BIND: '[::1]:8123' })).toBe('[::1]:8123');
});

test('a server has a port of its own where none is named', async () => {
  for (const environment of [{}, { ACCORD_BIND: '' }, { ACCORD_BIND: '127.0.0.1:0' }])
    expect(await chooseBind(environment)).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
});
