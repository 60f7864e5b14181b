// Installs what package-lock.json asks for, when it is not there, and builds the page when that is not. Runs before every
// npm script, on any Node from 20 on, with nothing installed: plain JavaScript without dependencies.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureUi } from './build-ui.mjs';
import { withLock } from './lock.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const reason = staleness();
if (reason !== undefined) await install();
checkNode();
// Without it everything else works, and the server says at /ui/ what to do.
if (!(await ensureUi((why) => say(`building the page, because ${why}`))))
  say('the page could not be built: see above, then try npm run build:ui');

async function locked(act, waiting) {
  await mkdir(join(root, '.accord'), { recursive: true });
  await withLock(join(root, '.accord', 'install.lock'), act, () => say(waiting));
}

async function install() {
  await locked(async () => {
    const stillStale = staleness();
    if (stillStale === undefined) return;
    say(`installing packages (npm ci), because ${stillStale}`);
    const began = Date.now();
    await npmCi();
    say(`installed packages in ${Math.round((Date.now() - began) / 1000)} s`);
  }, 'another npm command installs the packages of this clone: waiting for it');
}

/**
 * Say why node_modules is not what package-lock.json asks for; undefined when it is.
 *
 * npm writes node_modules/.package-lock.json last, as the record of what it installed. Comparing with it, and not just
 * running `npm ci` each time, keeps node_modules in place under a demo that runs in this clone.
 */
function staleness() {
  const installed = packages('node_modules/.package-lock.json');
  if (installed === undefined) return 'node_modules is absent or incomplete';
  const wanted = packages('package-lock.json');
  if (wanted === undefined) return undefined;
  const isChanged = ([path, { version, integrity, optional }]) => {
    const there = installed[path];
    // An optional package may be for another system.
    if (there === undefined) return optional !== true;
    return there.version !== version || there.integrity !== integrity;
  };
  const changed = Object.entries(wanted)
    .filter(([path]) => path !== '')
    .find(isChanged);
  if (changed !== undefined)
    return `package-lock.json asks for another ${changed[0].replace('node_modules/', '')}`;
  return undefined;
}

function packages(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

async function npmCi() {
  // Never with the Node in node_modules, which npm ci is about to delete.
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.endsWith(join('node_modules', '.bin')))
    .join(delimiter);
  const { npm_node_execpath: node, npm_execpath: npm } = process.env;
  const isOutside = node !== undefined && npm !== undefined && !node.startsWith(root);
  const [command, ...args] = isOutside ? [node, npm, 'ci'] : ['npm', 'ci'];
  const child = spawn(command, [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env: { ...process.env, PATH: path },
    // What npm prints is progress: stdout belongs to the command that is about to run.
    stdio: ['ignore', process.stderr, process.stderr],
  });
  const [code] = await once(child, 'exit').catch(() => [127]);
  if (code === 0) return;
  say(`npm ci failed (exit code ${code}): read its messages above, then run it by hand in ${root}`);
  process.exit(1);
}

/** The sources are TypeScript, which Node runs by itself from 22.18 on; older systems get one by the package `node`. */
function checkNode() {
  if (runsTypeScript(process.versions.node)) return;
  if (runsTypeScript(packagedNode())) return;
  say(
    `this is Node ${process.versions.node}, Accord needs 22.18 or later, and the one that the package «node» brings ` +
      'is missing: npm ran with install scripts off. Run npm rebuild node --ignore-scripts=false, or install Node 24.',
  );
  process.exit(1);
}

function packagedNode() {
  try {
    // Its install script puts the binary there, and only then is the package any good.
    accessSync(join(root, 'node_modules', '.bin', 'node'));
    return JSON.parse(readFileSync(join(root, 'node_modules', 'node', 'package.json'), 'utf8')).version;
  } catch {
    return '0.0';
  }
}

function runsTypeScript(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);
}

function say(sentence) {
  process.stderr.write(`accord: ${sentence}\n`);
}
