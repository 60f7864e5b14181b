import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { accord } from '../cli/recorder.ts';
import { temporaryFolder } from '../support/folder.ts';
import { errorsIn } from './compile.ts';

const XPROTO = `option app_label = "own";
message OwnService (Service) { required string motto = 1 [max_length = 254]; }
message Color (XOSBase) { required string name = 1 [max_length = 256]; }
message OwnInstance (TenantWithContainer) {
  option owner_class_name = "OwnService";
  option xos_links = "Instance via instance into ip";
  required string tenant_message = 1 [max_length = 254];
  optional string pass = 4 [secret = True, max_length = 64];
  optional manytoone color->Color:instances = 2:1001;
  optional manytomany others->Color:others = 3:1002;
}
`;

async function ownFolder(): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'own.xproto'), XPROTO);
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  return folder;
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}

const read = (folder: string, file: string): Promise<string> => readFile(join(folder, file), 'utf8');

describe('accord generate', () => {
  test('writes models, schema, model-deps and what the author of each model begins with', async () => {
    const folder = await ownFolder();
    const { exitCode } = await accord(['generate', folder]);
    expect(exitCode).toBe(0);
    expect(await filesIn(folder)).toEqual([
      'model-deps.yaml',
      'models.gen.ts',
      'own.xproto',
      'package.json',
      'playbooks/roles/create_owninstance/tasks/main.yaml',
      'playbooks/roles/remove_owninstance/tasks/main.yaml',
      'playbooks/sync_owninstance.yaml',
      'policies/model_policy_color.ts',
      'policies/model_policy_owninstance.ts',
      'policies/model_policy_ownservice.ts',
      'schema.gen.json',
      'steps/sync_color.ts',
      'steps/sync_owninstance.ts',
      'steps/sync_ownservice.ts',
      'watchers/watch_owninstance.ts',
    ]);
    expect(await read(folder, 'model-deps.yaml')).toContain('[Color, color, instances]');
  });

  test('writes code that compiles as strictly as ours, and passes no secret on', async () => {
    const folder = await ownFolder();
    await accord(['generate', folder]);
    const files = (await filesIn(folder)).filter((file) => file.endsWith('.ts'));
    expect(errorsIn(files.map((file) => join(folder, file)))).toEqual([]);
    expect(await read(folder, 'steps/sync_owninstance.ts')).not.toContain('object.pass');
  });

  test('does the same twice, and then has nothing to do', async () => {
    const folder = await ownFolder();
    await accord(['generate', folder]);
    const first = await Promise.all((await filesIn(folder)).map((file) => read(folder, file)));
    expect(await accord(['generate', '--check', folder])).toMatchObject({ exitCode: 0 });
    await accord(['generate', folder]);
    expect(await Promise.all((await filesIn(folder)).map((file) => read(folder, file)))).toEqual(first);
  });

  test('leaves alone what its author has written or thrown away', async () => {
    const folder = await ownFolder();
    await accord(['generate', folder]);
    await writeFile(join(folder, 'steps/sync_color.ts'), '// mine');
    await writeFile(join(folder, 'model-deps.yaml'), '{}');
    await rm(join(folder, 'steps/sync_ownservice.ts'));
    const again = await accord(['generate', folder]);
    expect(again.stdout).toContain('model-deps.yaml is yours, and stays as it is');
    expect(await read(folder, 'steps/sync_color.ts')).toBe('// mine');
    expect(await read(folder, 'model-deps.yaml')).toBe('{}');
    expect(await filesIn(folder)).not.toContain('steps/sync_ownservice.ts');
  });

  test('adds what a new model begins with, unless there is code for it', async () => {
    const folder = await ownFolder();
    await accord(['generate', folder]);
    await writeFile(
      join(folder, 'own.xproto'),
      `${XPROTO}message Bed (XOSBase) { optional bool made = 1; }
message Sheet (XOSBase) { optional bool clean = 1; }\n`,
    );
    await writeFile(join(folder, 'steps/linen.ts'), 'export const s = step({ synchronizes: [Sheet] });');
    expect((await accord(['generate', '--check', folder])).exitCode).toBe(1);
    await accord(['generate', folder]);
    const files = await filesIn(folder);
    expect(files).toContain('steps/sync_bed.ts');
    expect(files).not.toContain('steps/sync_sheet.ts');
    expect(files).toContain('policies/model_policy_sheet.ts');
  });

  test('shows a renamed field as an error of the compiler', async () => {
    const folder = await ownFolder();
    await accord(['generate', folder]);
    await writeFile(join(folder, 'own.xproto'), XPROTO.replace('motto', 'slogan'));
    await accord(['generate', folder]);
    expect(errorsIn([join(folder, 'steps/sync_ownservice.ts')]).join()).toContain(
      "'motto' does not exist on type",
    );
  });

  test('with --check and --dry-run writes nothing, and says or shows what it would', async () => {
    const folder = await ownFolder();
    const check = await accord(['generate', '--check', folder]);
    expect(check).toMatchObject({ exitCode: 1 });
    expect(check.stdout).toContain('models.gen.ts is missing: run `accord generate`');
    const dry = await accord(['generate', '--dry-run', folder]);
    expect(dry.exitCode).toBe(0);
    expect(dry.stdout).toMatch(/^--- \/dev\/null\n\+\+\+ .*models\.gen\.ts/m);
    expect(await filesIn(folder)).toEqual(['own.xproto', 'package.json']);

    await accord(['generate', folder]);
    await writeFile(join(folder, 'own.xproto'), XPROTO.replace('motto', 'slogan'));
    const changed = await accord(['generate', '--dry-run', folder]);
    expect(changed.stdout).toMatch(/^-\s+motto: string;\n\+\s+slogan: string;/m);
  });

  test('says what model-deps.yaml lacks of the models', async () => {
    const folder = await ownFolder();
    await accord(['generate', folder]);
    await writeFile(join(folder, 'model-deps.yaml'), '{"OwnInstance": [["Color", "color"]], "Colour": []}');
    const { exitCode, stderr } = await accord(['generate', '--check', folder]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('leaves out its link others to Color');
    expect(stderr).toContain('Colour is no known model; did you mean Color?');
    expect(stderr).not.toContain('leaves out its link color ');
  });

  test('puts stubs beside models/, when the xproto lies there', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'models'));
    await writeFile(join(folder, 'models/own.xproto'), XPROTO);
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    await accord(['generate', folder]);
    const files = await filesIn(folder);
    expect(files).toContain('models/models.gen.ts');
    expect(files).toContain('steps/sync_color.ts');
    expect(errorsIn([join(folder, 'steps/sync_color.ts')])).toEqual([]);
  });

  test('says where there is no xproto: exit code 2', async () => {
    const folder = await temporaryFolder();
    const { exitCode, stderr } = await accord(['generate', folder]);
    expect([exitCode, stderr]).toEqual([
      2,
      `accord: there is no xproto in ${folder}: name files, or folders of synchronizers, which hold them`,
    ]);
  });
});
