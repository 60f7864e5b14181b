import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OWN_EXTENSION } from '../../own-extension.ts';
import { literal } from '../typescript.ts';
import { relativeTo } from './compile.ts';

const ACCORD = fileURLToPath(new URL('../..', import.meta.url));

/** Write the file that starts a worker for a build: `node OUT/main.js`. */
export function mainText(root: string, out: string): string {
  return `// Made by \`accord build\`. Starts a worker: DATABASE_URL and TEMPORAL_ADDRESS say where the others are.
import { enableCompileCache } from 'node:module';

// What was compiled once need not be compiled again. Where it cannot be kept, nothing is lost but time.
try {
  enableCompileCache({ directory: \`\${import.meta.dirname}/.cache\`, portable: true });
} catch {
  enableCompileCache(\`\${import.meta.dirname}/.cache\`);
}
const { runBuilt } = await import(${literal(runFrom(root, out))});
process.exitCode = await runBuilt(import.meta.dirname, process.argv.slice(2));
`;
}

/** In a package it is bundled: tools/bundle-run.mjs. */
const RUN = OWN_EXTENSION === '.ts' ? 'cli/run-built.ts' : 'run/main.js';

/** Inside Accord's own clone or package what lies there; elsewhere the package, as it is installed. */
function runFrom(root: string, out: string): string {
  const path = relative(ACCORD, resolve(root));
  const isInside = !path.startsWith('..') && !path.split(sep).includes('node_modules');
  return isInside ? relativeTo(resolve(out), join(ACCORD, RUN)) : '@accord-sync/accord/run';
}
