import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { isDue, writeOutput } from '../../generate/output.ts';
import { temporaryFolder } from '../support/folder.ts';
import { modelFiles } from './model-files.ts';

const A = 'option app_label = "a"; message A (XOSBase) { optional manytoone b->B:as = 1; }';
const B = 'option app_label = "b"; message B (XOSBase) { required string name = 1; }';

async function folders(): Promise<{ a: string; b: string }> {
  const root = await temporaryFolder();
  const [a, b] = [join(root, 'a'), join(root, 'b')];
  await mkdir(a);
  await mkdir(b);
  await writeFile(join(a, 'a.xproto'), A);
  await writeFile(join(b, 'b.xproto'), B);
  return { a, b };
}

test('each folder gets the models that its own files declare, and those that they link to', async () => {
  const { a, b } = await folders();
  const { files = [] } = await modelFiles([a, b]);
  const names = files.map(({ path, text }) => [
    path,
    [...text.matchAll(/export const (\w+)/g)].map((match) => match[1]),
  ]);
  expect(names).toEqual([
    [join(a, 'models.gen.ts'), ['A', 'B']],
    [join(b, 'models.gen.ts'), ['B']],
  ]);
});

test('what is written is not stale, and the same again', async () => {
  const { b } = await folders();
  const first = await modelFiles([b]);
  expect(first.files?.map(isDue)).toEqual([true]);
  await writeOutput(first.files ?? []);
  expect(await readFile(join(b, 'models.gen.ts'), 'utf8')).toBe(first.files?.[0]?.text);

  const again = await modelFiles([join(b, 'b.xproto')]);
  expect(again.files?.map(({ path, standing }) => [path, standing])).toEqual([
    [join(b, 'models.gen.ts'), 'current'],
  ]);

  await writeFile(join(b, 'b.xproto'), B.replace('required', 'optional'));
  expect((await modelFiles([b])).files?.map(isDue)).toEqual([true]);
});

test('nothing is generated from models with errors', async () => {
  const { a } = await folders();
  const { files, loaded } = await modelFiles([a]);
  expect(files).toBeUndefined();
  expect(loaded.diagnostics.map(({ code }) => code)).toEqual(['unknown-peer']);
});

test('the door is this package inside of it, and its name elsewhere', async () => {
  const own = fileURLToPath(new URL('../../synchronizers/exampleservice', import.meta.url));
  const inside = await modelFiles([own]);
  expect(inside.files?.[0]?.text).toContain("from '../../define/index.ts';");

  const { b } = await folders();
  const outside = await modelFiles([b]);
  expect(outside.files?.[0]?.text).toContain("from '@accord-sync/accord';");
});

test('the models of the example service are up to date', async () => {
  const own = fileURLToPath(new URL('../../synchronizers/exampleservice', import.meta.url));
  expect((await modelFiles([own])).files?.map(isDue)).toEqual([false]);
});
