import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { TARGETS } from '../../generate/targets/index.ts';
import { accord } from '../cli/recorder.ts';
import { temporaryFolder } from '../support/folder.ts';
import { errorsIn } from './compile.ts';

const CORPUS = fileURLToPath(new URL('../../../shared/corpus/xproto', import.meta.url));
const FILES = existsSync(CORPUS) ? readdirSync(CORPUS).toSorted() : [];

/** Run a target over one file, as one program with `core` where that is given. */
async function made(target: string, file: string, core: readonly string[]): Promise<string> {
  const paths = [...new Set([...core, file])].map((name) => join(CORPUS, name));
  const { exitCode, stdout } = await accord(['generate', '--target', target, ...paths]);
  expect(exitCode, file).toBe(0);
  return stdout;
}

describe.skipIf(FILES.length === 0)('what is generated from real model files', () => {
  test('is the same as before, and the same twice', async () => {
    const digests: Record<string, string> = {};
    for (const file of FILES) {
      for (const target of Object.keys(TARGETS)) {
        const text = await made(target, file, []);
        expect(await made(target, file, [])).toBe(text);
        digests[`${file} ${target}`] = createHash('sha256').update(text).digest('hex').slice(0, 16);
      }
    }
    await expect(`${JSON.stringify(digests, null, 2)}\n`).toMatchFileSnapshot('golden/corpus.json');
  }, 120_000);

  test('compiles as strictly as our own code', async () => {
    const core = FILES.find((file) => file.endsWith('core.xproto')) ?? '';
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    const written: string[] = [];
    for (const [place, file] of FILES.entries()) {
      for (const with_ of [[], [core]]) {
        const output = join(folder, `${place}-${with_.length}`);
        const paths = [...new Set([...with_, file])].map((name) => join(CORPUS, name));
        await accord(['generate', '--target', 'synchronizer', '--output', output, ...paths]);
        const files = readdirSync(output, { recursive: true, encoding: 'utf8' });
        written.push(...files.filter((name) => name.endsWith('.ts')).map((name) => join(output, name)));
      }
    }
    expect(written.length).toBeGreaterThan(100);
    expect(errorsIn(written)).toEqual([]);
    // Hundreds of files.
  }, 240_000);
});
