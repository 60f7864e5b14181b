import { stepStem } from '../stub-names.ts';
import { literal } from '../typescript.ts';
import type { NewNames } from './names.ts';

/** Write a test of the step: of its own, without server and database. */
export function testText({ item, group }: NewNames, does: 'ansible' | 'plain', door: string): string {
  const testing = door.startsWith('.')
    ? door.replace('define/index.ts', 'testing/index.ts')
    : `${door}/testing`;
  const head = `import { fakeContext, fakeObject } from ${literal(testing)};
import assert from 'node:assert/strict';`;
  const objects = `const group = fakeObject(${group}, 1, { name: 'all', motto: 'Be brief' });
const item = fakeObject(${item}, 2, { name: 'first', message: 'Hello', group });`;
  const imports = `import { ${[group, item].toSorted().join(', ')} } from '../models.gen.ts';
import { sync${item} } from '../steps/${stepStem(item)}.ts';`;
  if (does === 'ansible') {
    return `${head}
import { test } from 'node:test';
${imports}

${objects}

test('hands the values of the object to its playbook', async () => {
  const variables = await sync${item}.getExtraAttributes?.(item, fakeContext({ objects: [group] }));
  assert.ok(typeof variables === 'object');
  assert.deepEqual(variables['attributes'], { name: 'first', message: 'Hello', group_id: 1 });
});

test('takes the handle from what the playbook tells', () => {
  const feedback = sync${item}.mapOutputs?.({ backend_handle: '/a/b' }, item);
  assert.deepEqual(feedback, { backend_handle: '/a/b' });
});
`;
  }
  return `${head}
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
${imports}

process.chdir(await mkdtemp(join(tmpdir(), 'test-')));
${objects}

test('makes the back end match the object, also when it is run twice', async () => {
  const context = fakeContext({ objects: [group] });
  const first = await sync${item}.syncRecord(item, context);
  assert.deepEqual(await sync${item}.syncRecord(item, context), first);
  const made = await readFile(first?.backend_handle ?? '', 'utf8');
  assert.deepEqual(JSON.parse(made), { name: 'first', message: 'Hello', group_id: 1 });
});

test('removes what it made, and does not mind when that is gone', async () => {
  await sync${item}.deleteRecord(item, fakeContext());
  await sync${item}.deleteRecord(item, fakeContext());
  assert.deepEqual(await readdir(join('.accord', 'mirror', ${literal(item)})), []);
});
`;
}
