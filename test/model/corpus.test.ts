import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadModels } from '../../define/load-models.ts';

const CORPUS = fileURLToPath(new URL('../../../shared/corpus/xproto', import.meta.url));
const FILES = existsSync(CORPUS) ? readdirSync(CORPUS).toSorted() : [];
const coreFile = FILES.find((file) => file.endsWith('core.xproto'));

async function errorsOf(...files: string[]): Promise<string[]> {
  const { diagnostics } = await loadModels(files.map((file) => join(CORPUS, file)));
  return diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ file, line, message }) => `${file}:${line} ${message}`);
}

/** As counted by hand: messages, fields, links, policies. */
const COUNTS: Record<string, readonly number[]> = {
  'exampleservice.xproto': [5, 6, 4, 0],
  'fabric-crossconnect.xproto': [3, 6, 0, 0],
  'hippie-oss.xproto': [3, 7, 1, 0],
  'vrouter.xproto': [3, 2, 1, 0],
  'core.xproto': [35, 187, 41, 13],
};

describe.skipIf(FILES.length === 0)('real model files', () => {
  test.each(FILES)('%s has no errors on our own core', async (file) => {
    expect(await errorsOf(file)).toEqual([]);
  });

  test('have no errors on the core of XOS', async () => {
    for (const file of FILES) expect(await errorsOf(...new Set([coreFile ?? '', file]))).toEqual([]);
  });

  test('have no errors as one program', async () => {
    expect(await errorsOf(...FILES)).toEqual([]);
  });

  test.each(Object.entries(COUNTS))('are counted as they are written: %s', async (end, expected) => {
    const file = FILES.find((one) => one.endsWith(`_${end}`)) ?? '';
    const { counts } = await loadModels([join(CORPUS, file)]);
    expect(counts).toMatchObject([
      { messages: expected[0], fields: expected[1], links: expected[2], policies: expected[3] },
    ]);
  });

  test('of XOS`s core become models without its columns', async () => {
    const { models } = await loadModels([join(CORPUS, coreFile ?? '')]);
    const user = models.find(({ name }) => name === 'User');
    expect(models.map(({ name }) => name)).not.toContain('XOSBase');
    expect(user?.fields.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['backend_handle', 'email', 'timezone']),
    );
    expect(user?.fields.map(({ name }) => name)).not.toContain('enacted');
  });
});
