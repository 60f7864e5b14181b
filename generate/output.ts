import { createTwoFilesPatch } from 'diff';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

/** A file that is wanted, beside what is there. */
export interface OutputFile {
  readonly path: string;
  readonly text: string;
  /** Absent when there is no such file. */
  readonly before?: string;
  /**
   * new: it is not there. stale: it is generated, and says something else. current: it has this text.
   * kept: people may have written it, so it stays as it is.
   */
  readonly standing: 'new' | 'stale' | 'current' | 'kept';
}

/** Only these are ever written over. */
function isGenerated(path: string): boolean {
  return /\.gen\.[^.]+$/.test(basename(path));
}

/** Look at what is there already of files that are wanted. */
export async function compare(
  files: readonly { readonly path: string; readonly text: string }[],
): Promise<OutputFile[]> {
  return Promise.all(
    files.map(async ({ path, text }): Promise<OutputFile> => {
      const before = await readFile(path, 'utf8').catch((error: unknown) => {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw error;
      });
      if (before === undefined) return { path, text, standing: 'new' };
      if (before === text) return { path, text, before, standing: 'current' };
      return { path, text, before, standing: isGenerated(path) ? 'stale' : 'kept' };
    }),
  );
}

/** Is there something to write? */
export function isDue({ standing }: OutputFile): boolean {
  return standing === 'new' || standing === 'stale';
}

/** Write what is new or stale, each file at once; what people wrote stays. */
export async function writeOutput(files: readonly OutputFile[]): Promise<void> {
  for (const file of files) {
    if (!isDue(file)) continue;
    await mkdir(dirname(file.path), { recursive: true });
    if (file.standing === 'new') {
      // Made by somebody since we looked: theirs stays.
      await writeFile(file.path, file.text, { flag: 'wx' });
      continue;
    }
    const draft = `${file.path}.${process.pid}.tmp`;
    await writeFile(draft, file.text);
    await rename(draft, file.path);
  }
}

/** What writing would change, as a patch. */
export function diffOf({ path, text, before }: OutputFile): string {
  const from = before === undefined ? '/dev/null' : path;
  return createTwoFilesPatch(from, path, before ?? '', text, undefined, undefined, {
    headerOptions: { includeIndex: false, includeUnderline: false, includeFileHeaders: true },
  });
}
