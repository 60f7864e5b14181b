import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { ensureUi } from '../../tools/build-ui.mjs';

const ASSETS = fileURLToPath(new URL('../../ui/dist/assets/', import.meta.url));
const MOST_BYTES = 250_000;

test('the page is one script and one sheet, and soon loaded over a poor line', async () => {
  expect(await ensureUi()).toBe(true);
  const names = await readdir(ASSETS);
  expect(names.map((name) => name.replace(/.*\./, '')).toSorted()).toEqual(['css', 'js']);
  const sizes = await Promise.all(names.map(async (name) => gzipSync(await readFile(ASSETS + name)).length));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(MOST_BYTES);
});
