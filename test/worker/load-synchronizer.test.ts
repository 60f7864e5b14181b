import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createStore, type Store } from '../../store/store.ts';
import { startAccord } from '../e2e/accord.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/folder.ts';

const DEFINE = join(import.meta.dirname, '../../define/index.ts');

const XPROTO = `option app_label = "garden";
message Bed (XOSBase) {
    required string name = 1 [max_length = 20];
}
`;

/** A synchronizer of one step, with what a test wants to be different. */
const code = (
  steps: string,
  more = '',
): string => `import { ansibleStep, defineSynchronizer, defineModel, step } from ${JSON.stringify(DEFINE)};
const Bed = defineModel('Bed');
const Shed = defineModel('Shed');
const sound = step({ synchronizes: Bed, syncRecord() {}, deleteRecord() {} });
export default defineSynchronizer({
  name: 'garden',
  models: new URL('./garden.xproto', import.meta.url),
  steps: [${steps}],
  ${more}
});
`;

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createTestDatabase();
  store = createStore({ databaseUrl: database.url });
  await store.ensureSchema();
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

async function worker(
  files: Readonly<Record<string, string>>,
): Promise<{ exitCode: number | null; text: string }> {
  const folder = await temporaryFolder();
  const all = { 'accord.yaml': 'name: garden\n', 'garden.xproto': XPROTO, ...files };
  for (const [name, text] of Object.entries(all)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const process = await startAccord(['worker', folder], { DATABASE_URL: database.url });
  const { code: exitCode } = await process.ended;
  await process.drained;
  return { exitCode, text: process.lines.join('\n') };
}

describe('a worker of a synchronizer that is not sound', () => {
  test('says every fault at once, ends with 2, and has registered nothing', async () => {
    const { exitCode, text } = await worker({
      'accord.yaml': 'name: orchard\n',
      'garden.xproto': XPROTO,
      'synchronizer.ts': code(
        `sound,
         step({ synchronizes: Bed, syncRecord() {}, deleteRecord() {} }),
         step({ synchronizes: Shed, syncRecord() {} }),
         ansibleStep({ synchronizes: defineModel('Bead'), templateName: 'dig.yaml', deleteRecord: { templateName: 'fill.yaml' } }),
         step({ synchronizes: defineModel('User'), syncRecord() {}, deleteRecord() {}, inline: true })`,
      ),
    });
    expect(exitCode).toBe(2);
    for (const fault of [
      'accord.yaml calls it orchard, synchronizer.ts garden: they must agree',
      'two steps synchronize Bed: a model has exactly one',
      'a step synchronizes Shed, which no xproto declares',
      'the step of Shed has no deleteRecord',
      'a step synchronizes Bead, which no xproto declares; did you mean Bed?',
      'names the playbook dig.yaml, but there is no',
      'names the playbook fill.yaml, but there is no',
      'inline of the step of User: this version of Accord does not do that yet',
    ]) {
      expect(text).toContain(fault);
    }
    expect(text).not.toMatch(/^\s+at /m);
    expect((await store.models()).size).toBe(0);
  });

  test('shows the faults of its xproto with their places', async () => {
    const { exitCode, text } = await worker({
      'garden.xproto': XPROTO.replace('string', 'strnig'),
      'synchronizer.ts': code('sound'),
    });
    expect(exitCode).toBe(2);
    expect(text).toMatch(/garden\.xproto:3:14/);
    expect(text).toContain('^^^^^^');
  });

  test.each([
    ['is broken', 'export default {{', 'synchronizer.ts cannot be loaded'],
    ['throws', 'throw new Error("no back end here")', 'no back end here'],
    ['exports something else', 'export default 7', 'export default defineSynchronizer'],
  ])('says so when its module %s', async (_, module, said) => {
    const { exitCode, text } = await worker({ 'synchronizer.ts': module });
    expect([exitCode, text]).toEqual([2, expect.stringContaining(said)]);
  });

  test('says so when there is no synchronizer', async () => {
    const { exitCode, text } = await worker({});
    expect([exitCode, text]).toEqual([2, expect.stringContaining('there is no synchronizer.ts in it')]);
  });
});
