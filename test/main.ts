// `npm test`: lint, types and all tests; the last line says how many passed and failed.
import { dirname, join } from 'node:path';
import { createVitest } from 'vitest/node';
import { runProcess } from '../platform/process.ts';
import { ALLOWED_SKIPS } from './allowed-skips.ts';
import { tally } from './support/tally.ts';
import type { SkippedTest, Tally } from './support/tally.ts';

const ROOT = dirname(import.meta.dirname);

// Leave by the door: what was started here ends with this process, and its exit hooks remove what was written.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

// First these two, one for each core: what follows measures time, if only by its deadlines.
const checks = await Promise.all([
  check('lint', ['eslint/bin/eslint.js', '.'], ['prettier/bin/prettier.cjs', '--check', '.']),
  check('types', ['typescript/bin/tsc', '-p', 'tsconfig.json'], ['typescript/bin/tsc', '-p', 'ui']),
]);
const tests = await runVitest(process.argv.slice(2));
const unexpected = reportSkips(tests.skipped);

const passed = tests.passed + checks.filter(Boolean).length;
const isIdle = tests.passed + tests.failed === 0;
if (isIdle) console.log('\nnot one test ran: that counts as a failure');
const failed = tests.failed + unexpected + checks.filter((isGood) => !isGood).length + Number(isIdle);
const skipped = tests.skipped.length > 0 ? `, ${tests.skipped.length} skipped` : '';
process.stdout.write(`\n${passed} passed, ${failed} failed${skipped}\n`, () =>
  process.exit(failed > 0 ? 1 : 0),
);

type Tool = readonly [script: string, ...args: string[]];

/** Run tools one after the other, as one test. Their output is shown when one of them finds something. */
async function check(name: string, ...tools: readonly Tool[]): Promise<boolean> {
  const began = Date.now();
  let isGood = true;
  for (const [script, ...args] of tools) {
    const file = join(ROOT, 'node_modules', script);
    const { exit, output } = await runProcess(process.execPath, [file, ...args], { cwd: ROOT });
    if (exit.code === 0) continue;
    isGood = false;
    console.log(output);
  }
  console.log(` ${isGood ? '✓' : '✗'} ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  return isGood;
}

async function runVitest(filters: string[]): Promise<Tally> {
  const vitest = await createVitest({ root: ROOT, watch: false });
  try {
    return tally(await vitest.start(filters));
  } catch (error) {
    // No test was found, or what all of them need could not be started.
    console.error(error instanceof Error ? error.message : error);
    return { passed: 0, failed: 1, skipped: [] };
  } finally {
    await vitest.close();
  }
}

/** List what was skipped. @returns how many of them may not be */
function reportSkips(skips: readonly SkippedTest[]): number {
  let unexpected = 0;
  if (skips.length > 0) console.log('\nskipped:');
  for (const { name, reason } of skips) {
    const allowed = Object.entries(ALLOWED_SKIPS).find(([beginning]) => name.startsWith(beginning));
    if (allowed === undefined) unexpected++;
    const verdict = allowed === undefined ? ' — not in test/allowed-skips.ts, so it counts as failed' : '';
    console.log(`  ${name}: ${reason ?? allowed?.[1] ?? 'no reason given'}${verdict}`);
  }
  return unexpected;
}
