// Builds dist/, which is what the package holds: JavaScript with its types, and all else that runs. `npm pack` calls it.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildUi } from './build-ui.mjs';
import { bundleRun } from './bundle-run.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');

const COPIED = [
  ...['model/core.xproto', 'store/schema', 'backend/ansible', 'synchronizers', 'ui/dist'],
  ...['platform/ansible-requirements.txt', 'tools/temporal', 'tools/lock.mjs', 'tools/lock.d.mts'],
];

rmSync(dist, { recursive: true, force: true });
compile();
if (!(await buildUi())) process.exit(1);
copy();
writePackage();
writeCommand();
await bundleWorkflows();
await bundleRun();
process.stderr.write(`built ${basename(dist)}/\n`);

function compile() {
  const require = createRequire(import.meta.url);
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], {
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) process.exit(1);
}

/** What is read, or is JavaScript already. */
function copy() {
  const isWanted = (path) => !/__pycache__|\.ts$|(^|\/)README/.test(path.slice(root.length));
  for (const path of COPIED) {
    const source = join(root, path);
    if (!existsSync(source)) continue;
    mkdirSync(dirname(join(dist, path)), { recursive: true });
    cpSync(source, join(dist, path), { recursive: true, filter: isWanted });
  }
}

/** `accord new` asks for the versions that this was made with. */
function writePackage() {
  const { name, version, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const facts = { name, version, type: 'module', devDependencies };
  writeFileSync(join(dist, 'package.json'), `${JSON.stringify(facts, null, 2)}\n`);
}

function writeCommand() {
  const text = readFileSync(join(root, 'cli', 'accord.js'), 'utf8')
    .replace("import('./main.ts')", "import('./main.js')")
    // node_modules/@accord-sync/accord/dist/cli: the project's own is five folders up.
    .replace("'../node_modules/.bin/node'", "'../../../../.bin/node'");
  writeFileSync(join(dist, 'cli', 'accord.js'), text, { mode: 0o755 });
}

async function bundleWorkflows() {
  const module = await import(pathToFileURL(join(dist, 'worker', 'bundle.js')).href);
  const { code } = await module.bundleWorkflows();
  writeFileSync(join(dist, 'worker', 'workflow-bundle.cjs'), code);
}
