import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';

const TOOLS = join(import.meta.dirname, '../../tools');

// Stands for npm: installs by writing the record that npm writes, slowly enough for a second one to come in between.
const NPM = `#!/bin/sh
echo "$*" >> npm.log
sleep 0.3
mkdir -p node_modules
cp package-lock.json node_modules/.package-lock.json
`;

interface Finished {
  exitCode?: number | undefined;
  stdout: string;
  stderr: string;
}

describe('tools/install.mjs', () => {
  let clone: string;

  beforeEach(async () => {
    clone = await temporaryFolder();
    await mkdir(join(clone, 'tools'));
    for (const file of ['install.mjs', 'lock.mjs', 'build-ui.mjs'])
      await cp(join(TOOLS, file), join(clone, 'tools', file));
    await mkdir(join(clone, 'bin'));
    await writeFile(join(clone, 'bin', 'npm'), NPM, { mode: 0o755 });
    await lock('1.0.0');
  });

  const lock = (version: string): Promise<void> =>
    writeFile(
      join(clone, 'package-lock.json'),
      JSON.stringify({
        packages: { '': {}, 'node_modules/pg': { version, integrity: `sha512-${version}` } },
      }),
    );
  const install = (): Promise<Finished> =>
    execa(process.execPath, [join(clone, 'tools', 'install.mjs')], {
      env: { PATH: `${join(clone, 'bin')}:/usr/bin:/bin` },
      extendEnv: false,
      reject: false,
    });
  const npmRuns = async (): Promise<number> => {
    const log = await readFile(join(clone, 'npm.log'), 'utf8').catch(() => '');
    return log.split('\n').filter((line) => line.startsWith('ci')).length;
  };

  test('installs what is absent, and says so on stderr only', async () => {
    const { exitCode, stdout, stderr } = await install();
    expect(exitCode).toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain('installing packages (npm ci), because node_modules is absent or incomplete');
    expect(await npmRuns()).toBe(1);
  });

  test('leaves alone what is there, whoever installed it', async () => {
    await install();
    const marker = join(clone, 'node_modules', 'of-a-running-demo');
    await writeFile(marker, '');
    const { stderr } = await install();
    expect(stderr).toBe('');
    expect(await npmRuns()).toBe(1);
    expect(existsSync(marker)).toBe(true);
  });

  test('installs again when the lockfile asks for something else', async () => {
    await install();
    await lock('1.0.1');
    expect((await install()).stderr).toContain('because package-lock.json asks for another pg');
    expect(await npmRuns()).toBe(2);
  });

  test('installs once when two npm commands start at the same time', async () => {
    const results = await Promise.all([install(), install()]);
    expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(await npmRuns()).toBe(1);
  });

  test('goes on after an installation that was killed', async () => {
    await mkdir(join(clone, '.accord'));
    const gone = await execa('sh', ['-c', 'echo $$']);
    const { stdout: host } = await execa('uname', ['-n']);
    await writeFile(join(clone, '.accord', 'install.lock'), `${host} ${gone.stdout} killed\n`);
    await mkdir(join(clone, 'node_modules'));
    expect((await install()).exitCode).toBe(0);
    expect(await npmRuns()).toBe(1);
  });

  test('fails in a sentence when npm does', async () => {
    await writeFile(join(clone, 'bin', 'npm'), '#!/bin/sh\nexit 7\n', { mode: 0o755 });
    const { exitCode, stderr } = await install();
    expect(exitCode).toBe(1);
    expect(stderr).toContain('npm ci failed (exit code 7)');
  });

  test('says that install scripts are off when that leaves only an old Node', async () => {
    await install();
    // An old Node is not at hand: the script is told that it runs on one.
    const script = join(clone, 'tools', 'install.mjs');
    const source = await readFile(script, 'utf8');
    await writeFile(script, source.replaceAll('process.versions.node', "'20.20.2'"));
    const { exitCode, stderr } = await install();
    expect(exitCode).toBe(1);
    expect(stderr).toContain('npm ran with install scripts off. Run npm rebuild node');
  });
});
