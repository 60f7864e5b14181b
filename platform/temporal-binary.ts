import { createHash } from 'node:crypto';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, cacheFolder, findCached } from './cache.ts';
import { PlatformError } from './error.ts';
import { onPath } from './path.ts';
import { runProcess } from './process.ts';
import type { Progress } from './progress.ts';

const MODULE = join(import.meta.dirname, '..', 'tools', 'temporal');
const PACKAGE = 'github.com/temporalio/cli/cmd/temporal';
const PROGRESS_EVERY_MS = 15_000;

export interface TemporalBinary {
  file: string;
  from: 'PATH' | 'cache';
}

/** Find the `temporal` command: on PATH, else the one that was built here once. */
export async function findTemporalBinary(): Promise<TemporalBinary | undefined> {
  const installed = await onPath('temporal');
  if (installed !== undefined) return { file: installed, from: 'PATH' };
  const folder = await findCached(await cacheName());
  return folder === undefined ? undefined : { file: join(folder, 'temporal'), from: 'cache' };
}

/** Find the `temporal` command, or build it from the Go module that pins it. */
export async function provideTemporalBinary(onProgress: Progress): Promise<string> {
  const found = await findTemporalBinary();
  if (found !== undefined) return found.file;
  const go = await onPath('go');
  if (go === undefined) throw new PlatformError('E_GO_MISSING', GO_MISSING);
  const folder = await cached(
    await cacheName(),
    (target) => buildTemporal(go, target, onProgress),
    (lock) => onProgress(`waiting for another process that builds Temporal (${lock})`),
  );
  return join(folder, 'temporal');
}

export const GO_MISSING =
  'no Temporal was found, and without Go it cannot be built: install Go 1.21 or later (https://go.dev/dl), ' +
  'or put the `temporal` command on PATH, or set TEMPORAL_ADDRESS';

/** Changes with the pinned versions, so that an update builds anew. */
async function cacheName(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) hash.update(await readFile(join(MODULE, file)));
  return `temporal-${process.platform}-${process.arch}-${hash.digest('hex').slice(0, 12)}`;
}

async function buildTemporal(go: string, target: string, onProgress: Progress): Promise<void> {
  const began = Date.now();
  onProgress(
    'building Temporal once, about three minutes on two cores, because no binary of it is distributed ' +
      `through package registries (kept in ${cacheFolder()})`,
  );
  const timer = setInterval(() => {
    onProgress(`building Temporal: ${Math.round((Date.now() - began) / 1000)} s so far`);
  }, PROGRESS_EVERY_MS);
  try {
    // Go writes beside what it reads: the pins must not change, and the clone may be read-only.
    for (const file of ['go.mod', 'go.sum']) await copyFile(join(MODULE, file), join(target, file));
    const args = ['build', '-modcacherw', '-ldflags=-s -w', '-o', 'temporal', PACKAGE];
    const { exit, output } = await runProcess(go, args, {
      cwd: target,
      env: {
        ...process.env,
        GOMODCACHE: join(cacheFolder(), 'go', 'mod'),
        GOCACHE: join(cacheFolder(), 'go', 'build'),
        GOFLAGS: '',
        GOWORK: 'off',
        // No C compiler, and the same binary whether there is one or not.
        CGO_ENABLED: '0',
      },
    });
    if (exit.code !== 0) {
      const reason = output.trim().split('\n').slice(-6).join('\n');
      throw new PlatformError('E_TEMPORAL', `go build of Temporal failed:\n${reason}`);
    }
  } finally {
    clearInterval(timer);
  }
  onProgress(`built Temporal in ${Math.round((Date.now() - began) / 1000)} s`);
}
