#!/usr/bin/env node
// The command `accord`. Plain JavaScript that any Node can read: the rest is TypeScript, which needs a newer one.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
const runsTypeScript = major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);
const packaged = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));

if (runsTypeScript) {
  import('./main.ts');
} else if (existsSync(packaged)) {
  runWith(packaged);
} else {
  console.error(
    'accord: this is Node ' +
      process.versions.node +
      ', and Accord needs 22.18 or later: install Node 24, ' +
      'or run npm ci in the clone, which brings it.',
  );
  process.exitCode = 1;
}

function runWith(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  // Ctrl-C reaches both; we only wait. What is sent to us alone is passed on.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
  });
}
