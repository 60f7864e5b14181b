import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { safeName } from './typescript.ts';
import type { Answered } from './stubs.ts';

/** Folders of a synchronizer that hold no code of its author. */
const OTHERS = new Set(['node_modules', '.accord', 'playbooks', 'dist']);

/**
 * Find the models that the code of a synchronizer's folder answers for.
 *
 * The text is looked at, and nothing is run: a folder can be generated into whose code does not compile.
 */
export async function answeredIn(folder: string, models: readonly string[]): Promise<Answered> {
  const texts = await Promise.all((await sourcesIn(folder)).map((file) => readFile(file, 'utf8')));
  const names = new Map(models.map((name) => [safeName(name), name]));
  const found = { steps: new Set<string>(), policies: new Set<string>(), watchers: new Set<string>() };
  for (const text of texts) {
    for (const [, kind = '', listed = '', single = ''] of text.matchAll(DEFINITION)) {
      const place = kind === 'model' ? found.policies : isWatcher(text) ? found.watchers : found.steps;
      for (const word of (listed || single).match(/\w+/g) ?? []) {
        const name = names.get(word);
        if (name !== undefined) place.add(name);
      }
    }
  }
  return found;
}

/** `synchronizes: Color`, `synchronizes: [Color, Image]`, `model: Color`. */
const DEFINITION = /\b(synchronizes|model):\s*(?:\[([^\]]*)\]|(\w+))/g;

const isWatcher = (text: string): boolean => /\bwatcher\(/.test(text);

async function sourcesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return OTHERS.has(entry.name) ? [] : sourcesIn(path);
      return /(?<!\.gen|\.test|\.d)\.ts$/.test(entry.name) ? [path] : [];
    }),
  );
  return found.flat().toSorted();
}
