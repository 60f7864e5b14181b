import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Ref } from '../../model/definition.ts';
import { attemptsOn } from '../server/attempts.ts';
import { openGarden, type Garden } from '../server/garden.ts';
import { accord as run, type Finished } from './recorder.ts';

const ME = { name: 'a test' };
let garden: Garden;
let server: string;
let folder: string;
let bed: Ref;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'accord-plan-')));
  garden = await openGarden({}, { withStep: ['Bed', 'Rose'] });
  await garden.server.listen({ host: '127.0.0.1', port: 0 });
  server = `127.0.0.1:${(garden.server.server.address() as AddressInfo).port}`;
  bed = await garden.store.write(ME, (tx) => tx.create('Bed', { name: 'south', gate_code: 'hunter2' }));
  await attemptsOn(garden.store).sync(bed);
});
afterAll(async () => {
  await garden.close();
  await rm(folder, { recursive: true });
});

const accord = (...args: string[]): Promise<Finished> => run([...args, '--server', server]);
let files = 0;
async function file(text: string): Promise<string> {
  const path = join(folder, `${(files += 1)}.yaml`);
  await writeFile(path, text);
  return path;
}

describe('accord plan', () => {
  test('shows what a file would change, wave by wave, and exits with 1', async () => {
    const change = await file(`- {model: Bed, name: south, area: 3, gate_code: hunter3}
- {model: Rose, name: rosa, bed: Bed/south, thorns: 7}
- {model: Bed, name: north}
`);
    const { exitCode, stdout } = await accord('plan', '-f', change);
    expect(exitCode).toBe(1);
    expect(stdout.split('\n')).toEqual([
      'Wave 1',
      `  ~ Bed/${bed.id} south  area 1 → 3, gate_code "(secret)" → "(secret)"`,
      '  + Bed/north    name "north"',
      'Wave 2',
      `  + Rose/rosa    name "rosa", bed "Bed/${bed.id}", thorns 7`,
      `Plan: 2 to create, 1 to change, 0 to resync, 0 to delete. 2 waves; the longest chain is 2: Bed/${bed.id} → Rose/rosa.`,
    ]);
    expect((await accord('get', 'Rose/rosa')).exitCode).not.toBe(0);
  });

  test('exits with 0 when nothing would be done, and above 1 for an error', async () => {
    expect(await accord('plan')).toMatchObject({ exitCode: 0, stdout: 'Nothing is to be done.' });
    const same = await file('{model: Bed, name: south}');
    expect((await accord('plan', '-f', same)).exitCode).toBe(0);
    expect(await accord('plan', '-f', await file('{model: Bed, name: x, aera: 1}'))).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('did you mean area') as string,
    });
    expect((await accord('plan', '-f', '/nowhere.yaml')).exitCode).toBe(2);
    expect((await run(['plan', '--server', '127.0.0.1:1'])).exitCode).toBe(2);
  });

  test('alone shows what is to be done now', async () => {
    const rose = await garden.store.write(ME, (tx) => tx.create('Rose', { name: 'alba', bed }));
    await attemptsOn(garden.store).fail(rose, 'no soil');
    const { stdout, exitCode } = await accord('plan');
    expect(exitCode).toBe(1);
    expect(stdout).toBe(
      `  ↻ Rose/${rose.id} alba  no soil\nPlan: 0 to create, 0 to change, 1 to resync, 0 to delete.`,
    );
    const json = JSON.parse((await accord('plan', '-o', 'json')).stdout) as { items: unknown[] };
    expect(json.items).toEqual([expect.objectContaining({ act: 'resync', wave: 1, playbook: null })]);
    await attemptsOn(garden.store).sync(rose);
  });

  test('orders what is in no circle, and says of the rest for what it waits', async () => {
    const create = (model: string, fields: Record<string, unknown>): Promise<Ref> =>
      garden.store.write(ME, (tx) => tx.create(model, fields));
    const [one, other] = [await create('Bed', { name: 'one' }), await create('Bed', { name: 'other' })];
    const within = await create('Rose', { name: 'within', bed: one });
    const free = await create('Rose', { name: 'free', bed });
    // As `dependsOn` of a step may say: no write is refused for that.
    const { database } = garden.store;
    await database.query(
      "insert into edges (src, dst, kind, via) values ($1, $2, 'author', $1), ($2, $1, 'author', $2)",
      [one.id, other.id],
    );
    const { stdout, stderr } = await accord('plan');
    expect(stdout.split('\n').map((line) => line.trim())).toEqual([
      expect.stringMatching(new RegExp(`^\\+ Bed/${one.id} one .*waits for Bed/${other.id}$`)),
      expect.stringMatching(new RegExp(`^\\+ Bed/${other.id} other .*waits for Bed/${one.id}$`)),
      expect.stringMatching(new RegExp(`^\\+ Rose/${within.id} within .*waits for Bed/${one.id}$`)),
      expect.stringMatching(new RegExp(`^\\+ Rose/${free.id} free(?!.*(?:stored|waits))`)),
      'Plan: 4 to create, 0 to change, 0 to resync, 0 to delete.',
    ]);
    expect(stderr).toContain(`Bed/${one.id} → Bed/${other.id} wait for each other in a circle`);
    await database.query("delete from edges where kind = 'author'");
    for (const ref of [one, other, within, free]) await attemptsOn(garden.store).sync(ref);
  });

  test('shows what would be deleted, dependents first', async () => {
    const rose = await garden.store.write(ME, (tx) => tx.create('Rose', { name: 'canina', bed }));
    await attemptsOn(garden.store).sync(rose);
    const { stdout } = await accord('plan', '--delete', 'Rose/canina');
    expect(stdout).toMatch(new RegExp(`^ {2}- Rose/${rose.id} canina\\nPlan: .* 1 to delete\\.$`));
    expect((await accord('plan', '--delete', 'Bed/south')).exitCode).toBe(2);
    expect((await accord('plan', '--delete', 'Bed/south', '--cascade')).stdout).toMatch(
      /Wave 2\n.*- Bed\/\d+ south\nPlan: /,
    );
  });
});

describe('accord plan in the folder of a synchronizer', { timeout: 400_000 }, () => {
  const XPROTO = `option app_label = "garden";
message Bed (XOSBase) { required string name = 1; }
`;

  test('shows the variables of playbooks, and what Ansible would change', async () => {
    const target = join(folder, 'target');
    await mkdir(join(folder, 'sync', 'playbooks'), { recursive: true });
    const inFolder = (name: string, text: string) => writeFile(join(folder, 'sync', name), text);
    await inFolder('accord.yaml', 'name: garden\n');
    await inFolder('garden.xproto', XPROTO);
    const define = join(import.meta.dirname, '../../define');
    await inFolder(
      'synchronizer.ts',
      `import { ansibleStep, defineSynchronizer } from '${define}/index.ts';
import { defineModel } from '${define}/model.ts';
const Bed = defineModel('Bed');
export default defineSynchronizer({
  name: 'garden',
  models: new URL('garden.xproto', import.meta.url),
  steps: [
    ansibleStep({
      synchronizes: Bed,
      templateName: 'bed.yaml',
      getExtraAttributes: (bed) => ({ dest: '${target}', content: bed.name + ' ' + bed.gate_code }),
      deleteRecord: () => undefined,
    }),
  ],
});
`,
    );
    await inFolder(
      'playbooks/bed.yaml',
      '- {hosts: localhost, gather_facts: false, tasks: [copy: {content: "{{ content }}", dest: "{{ dest }}"}]}\n',
    );
    const change = await file(
      '[{model: Bed, id: ' + String(bed.id) + ', name: west}, {model: Bed, name: east}]',
    );
    const plan = (...more: string[]) =>
      accord('plan', '-f', change, '--folder', join(folder, 'sync'), ...more);
    process.env['DATABASE_URL'] = garden.databaseUrl;
    try {
      const shown = await plan();
      expect(shown.stderr).toBe('');
      expect(shown.stdout).toContain(
        `      playbook bed.yaml\n        dest: "${target}"\n        content: "west ***"`,
      );
      expect(shown.stdout).toContain('        content: "east null"');
      const checked = await plan('--check');
      expect(checked.stdout).toContain('playbook bed.yaml: 1 task of 1 would change something');
      expect(checked.stdout).toContain('+west ***');
      expect(checked.stdout).not.toContain('hunter2');
      const json = JSON.parse((await plan('-o', 'json')).stdout) as { items: unknown[] };
      expect(json.items).toHaveLength(2);
      expect(json.items).toContainEqual(
        expect.objectContaining({
          name: 'east',
          playbook: expect.objectContaining({ playbook: 'bed.yaml' }) as unknown,
        }),
      );
    } finally {
      delete process.env['DATABASE_URL'];
    }
    await expect(readFile(target)).rejects.toThrow('ENOENT');
    expect((await plan('--check')).exitCode).toBe(2);
  });
});
