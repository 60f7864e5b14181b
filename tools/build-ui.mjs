// Builds the operator's page (ui/dist) when its sources have changed. Plain JavaScript, for Node 20 on: it runs with the
// installation, so that whoever clones has the page without a command of its own. Run by itself, it builds in any case.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** What the page is made of besides its own room. */
const BORROWED = ['client/request.ts', 'package-lock.json'];
/** Beside what is served, and not in it: it is no part of the page. */
const RECORD = join(root, '.accord', 'ui-built-from');

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = (await buildUi()) ? 0 : 1;

/** Why the page is to be built; undefined when it is as its sources are, or there are none. */
export function staleness() {
  if (!existsSync(join(root, 'ui', 'index.html'))) return undefined;
  if (!existsSync(join(root, 'ui', 'dist', 'index.html'))) return 'it is not there yet';
  return recorded() === hashOfSources() ? undefined : 'its sources have changed';
}

/** Build it. @returns whether that went well */
export async function buildUi() {
  const hash = hashOfSources();
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const child = spawn(process.execPath, [vite, 'build', join(root, 'ui'), '--logLevel', 'warn'], {
    cwd: root,
    // What it prints is progress: stdout belongs to the command that is about to run.
    stdio: ['ignore', process.stderr, process.stderr],
  });
  const [code] = await once(child, 'exit').catch(() => [1]);
  if (code === 0) {
    mkdirSync(dirname(RECORD), { recursive: true });
    writeFileSync(RECORD, hash);
  }
  return code === 0;
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
