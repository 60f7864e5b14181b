// Builds the operator's page (ui/dist) when its sources have changed. Plain JavaScript, for Node 20 on: it runs with the
// installation, so that whoever clones has the page without a command of its own. Run by itself, it builds in any case.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** What the page is made of besides its own room. */
const BORROWED = ['client/request.ts', 'package-lock.json'];
/** Beside what is served, and not in it: it is no part of the page. */
const RECORD = join(root, '.accord', 'ui-built-from');

/** Why the page is to be built; undefined when it is as its sources are, or there are none. */
function staleness() {
  if (!existsSync(join(root, 'ui', 'index.html'))) return undefined;
  if (!existsSync(join(root, 'ui', 'dist', 'index.html'))) return 'it is not there yet';
  return recorded() === hashOfSources() ? undefined : 'its sources have changed';
}

/** See build-ui.d.mts. */
export async function ensureUi(onBuild) {
  if (staleness() === undefined) return true;
  return locked(async () => {
    const why = staleness();
    if (why === undefined) return true;
    onBuild?.(why);
    return build();
  });
}

/** See build-ui.d.mts. */
export const buildUi = () => locked(build);

function locked(act) {
  mkdirSync(join(root, '.accord'), { recursive: true });
  return withLock(join(root, '.accord', 'ui.lock'), act);
}

async function build() {
  const hash = hashOfSources();
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  // Beside what is served, and then in its place: a server that runs has the one or the other, and never a half.
  const fresh = join(root, '.accord', 'ui-fresh');
  const args = [vite, 'build', join(root, 'ui'), '--outDir', fresh, '--emptyOutDir', '--logLevel', 'error'];
  const child = spawn(process.execPath, args, {
    cwd: root,
    // Where tests build it, too, it is the page that people get.
    env: { ...process.env, NODE_ENV: 'production' },
    // What it prints is progress: stdout belongs to the command that is about to run.
    stdio: ['ignore', process.stderr, process.stderr],
  });
  const [code] = await once(child, 'exit').catch(() => [1]);
  if (code !== 0) return false;
  const dist = join(root, 'ui', 'dist');
  const old = join(root, '.accord', 'ui-old');
  rmSync(old, { recursive: true, force: true });
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
  rmSync(old, { recursive: true, force: true });
  writeFileSync(RECORD, hash);
  return true;
}

function hashOfSources() {
  const hash = createHash('sha256');
  for (const file of [...sources('ui'), ...BORROWED].toSorted())
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  return hash.digest('hex');
}

function sources(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (path === 'ui/dist') return [];
    return entry.isDirectory() ? sources(path) : [path];
  });
}

function recorded() {
  try {
    return readFileSync(RECORD, 'utf8');
  } catch {
    return undefined;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = (await buildUi()) ? 0 : 1;
