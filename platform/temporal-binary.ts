import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cached, cacheFolder, findCached } from './cache.ts';
import { PlatformError } from './error.ts';
import { onPath } from './path.ts';
import { runProcess } from './process.ts';
import type { Progress } from './progress.ts';

const MODULE = join(import.meta.dirname, '..', 'tools', 'temporal');
const PROGRESS_EVERY_MS = 15_000;

/** What the Go module builds. */
interface Program {
  name: string;
  package: string;
  /** What it is built from: with a change of these it is built anew. */
  files: readonly string[];
}

const COMMAND: Program = {
  name: 'temporal',
  package: 'github.com/temporalio/cli/cmd/temporal',
  files: ['go.mod', 'go.sum'],
};
const SERVER: Program = {
  name: 'temporal-server',
  package: './server',
  files: ['go.mod', 'go.sum', 'server/main.go'],
};

export interface TemporalBinary {
  file: string;
  from: 'PATH' | 'cache';
}

/** Find the `temporal` command: on PATH, else the one that was built here once. */
export async function findTemporalBinary(): Promise<TemporalBinary | undefined> {
  const installed = await onPath('temporal');
  if (installed !== undefined) return { file: installed, from: 'PATH' };
  const folder = await findCached(await cacheName(COMMAND));
  return folder === undefined ? undefined : { file: join(folder, 'temporal'), from: 'cache' };
}

/** Find the `temporal` command, or build it from the Go module that pins it. */
export async function provideTemporalBinary(onProgress: Progress): Promise<string> {
  const found = await findTemporalBinary();
  return found?.file ?? build(COMMAND, onProgress);
}

/** Find the server for Temporal on Postgres that was built here once, or build it. */
export function provideTemporalServer(onProgress: Progress): Promise<string> {
  return build(SERVER, onProgress);
}

/** Build a program, unless it is in the cache. */
async function build(program: Program, onProgress: Progress): Promise<string> {
  const name = await cacheName(program);
  const found = await findCached(name);
  if (found !== undefined) return join(found, program.name);
  const go = await onPath('go');
  if (go === undefined) throw new PlatformError('E_GO_MISSING', GO_MISSING);
  const folder = await cached(
    name,
    (target) => buildTemporal(go, program, target, onProgress),
    (lock) => onProgress(`waiting for another process that builds Temporal (${lock})`),
  );
  return join(folder, program.name);
}

export const GO_MISSING =
  'no Temporal was found, and without Go it cannot be built: install Go 1.21 or later (https://go.dev/dl), ' +
  'or put the `temporal` command on PATH, or set TEMPORAL_ADDRESS';

async function cacheName({ name, files }: Program): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) hash.update(await readFile(join(MODULE, file)));
  return `${name}-${process.platform}-${process.arch}-${hash.digest('hex').slice(0, 12)}`;
}

async function buildTemporal(
  go: string,
  program: Program,
  target: string,
  onProgress: Progress,
): Promise<void> {
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
    for (const file of program.files) {
      await mkdir(dirname(join(target, file)), { recursive: true });
      await copyFile(join(MODULE, file), join(target, file));
    }
    const args = ['build', '-modcacherw', '-ldflags=-s -w', '-o', program.name, program.package];
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
