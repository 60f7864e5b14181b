import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { findTemporalBinary, provideTemporalBinary } from '../../platform/temporal-binary.ts';
import { temporaryFolder } from '../support/folder.ts';

describe('the `temporal` command', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await temporaryFolder();
    await mkdir(join(folder, 'bin'));
    vi.stubEnv('PATH', join(folder, 'bin'));
    vi.stubEnv('XDG_CACHE_HOME', folder);
  });
  afterEach(() => void vi.unstubAllEnvs());

  const command = async (name: string, body: string): Promise<string> => {
    const file = join(folder, 'bin', name);
    await writeFile(file, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    return file;
  };

  test('is taken from PATH when it is there', async () => {
    const file = await command('temporal', 'exit 0');
    expect(await findTemporalBinary()).toEqual({ file, from: 'PATH' });
  });

  test('is built once, with a word on why, and then found', async () => {
    // Stands for Go: builds nothing, but at the right place and from the pinned module.
    await command(
      'go',
      '/bin/cat go.mod | while read -r a b; do [ "$a" = tool ] && echo "$b" > temporal; done; :',
    );
    const said: string[] = [];
    const file = await provideTemporalBinary((sentence) => said.push(sentence));
    expect(said[0]).toMatch(/building Temporal once, .* because no binary of it is distributed/);
    expect(await findTemporalBinary()).toEqual({ file, from: 'cache' });
    const again: string[] = [];
    expect(await provideTemporalBinary((sentence) => again.push(sentence))).toBe(file);
    expect(again).toEqual([]);
  });

  test('that cannot be built is said with the words of the compiler', async () => {
    await command('go', 'echo no space left on device >&2; exit 1');
    await expect(provideTemporalBinary(() => undefined)).rejects.toThrow(
      'go build of Temporal failed:\nno space left on device',
    );
  });

  test('that can neither be found nor built is said in a sentence, with what to do', async () => {
    await expect(provideTemporalBinary(() => undefined)).rejects.toThrow(
      /without Go it cannot be built: install Go .* or put the `temporal` command on PATH, or set TEMPORAL_ADDRESS/,
    );
  });
});
