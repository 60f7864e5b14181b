import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { endOfFile } from '../../backend/end-of-file.ts';
import { temporaryFolder } from '../support/folder.ts';

test.each([
  ['', 8, ''],
  ['short', 8, 'short'],
  ['in the end', 3, 'end'],
  ['a«»🌱', 4, '🌱'],
  ['a«»🌱', 5, '🌱'],
  ['a«»🌱', 7, '»🌱'],
  ['a«»🌱', 8, '«»🌱'],
])('the end of «%s», %i bytes at most, is «%s»: no character is cut', async (text, most, end) => {
  const file = join(await temporaryFolder(), 'text');
  await writeFile(file, text);
  expect(await endOfFile(file, most)).toBe(end);
});
