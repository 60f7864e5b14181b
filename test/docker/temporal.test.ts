import { readFile } from 'node:fs/promises';
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import { DYNAMIC_CONFIG } from '../../platform/temporal-start.ts';

test('Temporal in a container is set as the one that is started without', async () => {
  const text = await readFile(new URL('../../docker/temporal.yaml', import.meta.url), 'utf8');
  // A list, because there a value may be for some namespaces or task queues alone.
  expect(load(text)).toEqual(
    Object.fromEntries(Object.entries(DYNAMIC_CONFIG).map(([name, value]) => [name, [{ value }]])),
  );
});
