import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { TARGETS } from '../../generate/targets/index.ts';
import { accord } from '../cli/recorder.ts';
import { temporaryFolder } from '../support/folder.ts';
import { errorsIn } from './compile.ts';

const EXAMPLE = fileURLToPath(new URL('../../synchronizers/exampleservice', import.meta.url));

describe('a target', () => {
  test.each(Object.keys(TARGETS))('%s makes of the example service what it made before', async (target) => {
    const { exitCode, stdout } = await accord(['generate', '--target', target, EXAMPLE]);
    expect(exitCode).toBe(0);
    // The way to the door depends on where the test runs.
    const text = stdout.replaceAll(/'[^']*define\/index\.ts'/g, "'@accord-sync/accord'");
    await expect(text).toMatchFileSnapshot(`golden/${target}.txt`);
  });

  test('openapi lets a change name some fields alone, and demands of a new object all that are required', async () => {
    const { stdout } = await accord(['generate', '--target', 'openapi', EXAMPLE]);
    const { paths, components } = JSON.parse(stdout) as {
      paths: Record<string, Record<string, { requestBody: { content: Record<string, { schema: object }> } }>>;
      components: { schemas: Record<string, { properties: object; required?: string[] }> };
    };
    const taken = (path: string, method: string) => {
      const schema = paths[path]?.[method]?.requestBody.content['application/json']?.schema ?? {};
      expect(Object.keys(schema)).toEqual(['$ref']);
      return components.schemas[String(Object.values(schema)[0]).replace(/^.*\//, '')];
    };
    const created = taken('/xosapi/v1/exampleservice/colors', 'post');
    const changed = taken('/xosapi/v1/exampleservice/colors/{id}', 'patch');
    expect(created?.required).toContain('name');
    expect(changed?.required).toBeUndefined();
    expect(changed?.properties).toEqual(created?.properties);
  });

  test('synchronizer makes a folder that compiles', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    const { exitCode } = await accord([
      'xosgenx',
      '--target',
      'synchronizer.xtarget',
      '--output',
      folder,
      EXAMPLE,
    ]);
    expect(exitCode).toBe(0);
    const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.ts'));
    expect(files).toContain('synchronizer.ts');
    expect(files).toContain(join('steps', 'sync_exampleserviceinstance.ts'));
    expect(files).toContain(join('policies', 'model_policy_color.ts'));
    expect(errorsIn(files.map((file) => join(folder, file)))).toEqual([]);
  });

  test('is written as one file, as one for each model, or as it has it', async () => {
    const folder = await temporaryFolder();
    const write = async (how: string): Promise<string[]> => {
      const output = join(folder, how);
      const args = ['--target', 'docs', '--output', output, '--write-to-file', how];
      await accord(['generate', ...args, EXAMPLE]);
      return (await readdir(output)).toSorted();
    };
    expect(await write('single')).toEqual(['docs.gen.txt']);
    expect(await write('model')).toEqual([
      'Color.gen.md',
      'EmbeddedImage.gen.md',
      'ExampleService.gen.md',
      'ExampleServiceInstance.gen.md',
    ]);
    expect(await write('target')).toEqual(['docs']);
  });

  test('may be a module of one`s own', async () => {
    const folder = await temporaryFolder();
    await writeFile(
      join(folder, 'names.mjs'),
      `export default ({ models }) => [{ path: 'names.gen.txt', text: models.map((m) => m.name).join() }];`,
    );
    await writeFile(join(folder, 'none.mjs'), 'export const nothing = 1;');
    const made = await accord(['generate', '--target', join(folder, 'names.mjs'), EXAMPLE]);
    expect(made.stdout).toBe('ExampleService,Color,ExampleServiceInstance,EmbeddedImage');
    const none = await accord(['generate', '--target', join(folder, 'none.mjs'), EXAMPLE]);
    expect(none).toMatchObject({ exitCode: 2 });
    expect(none.stderr).toContain('has no default function from models to files');
  });

  test('never writes over what is not generated, and says so', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'steps'));
    await writeFile(join(folder, 'steps/sync_color.ts'), '// mine');
    const { exitCode, stderr } = await accord([
      'generate',
      '--target',
      'synchronizer',
      '--output',
      folder,
      EXAMPLE,
    ]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('steps/sync_color.ts is there already, and stays as it is');
    expect(await readFile(join(folder, 'steps/sync_color.ts'), 'utf8')).toBe('// mine');
  });

  test.each([
    [['--target', 'opanapi', EXAMPLE], 'there is no target "opanapi"; did you mean openapi?'],
    [['--target', './absent.ts', EXAMPLE], 'the target ./absent.ts cannot be loaded'],
    [['--output', '/tmp', EXAMPLE], '--output is where a --target writes: name one'],
    [['--target', 'docs', '/nowhere/at/all'], '/nowhere/at/all'],
  ])('that cannot be meant is told, and nothing is written: %j', async (args, says) => {
    const { exitCode, stderr } = await accord(['generate', ...args]);
    expect([1, 2]).toContain(exitCode);
    expect(stderr).toContain(says);
  });
});
