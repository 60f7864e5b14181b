/**
 * `npm run soak [-- --lives 2000] [--minutes 60] [--seed 123] [--at-once 8]`: live random lives for a long time.
 *
 * A life that breaks a promise prints its seed, and all that is known of it. `--seed 123 --times 20` lives that one
 * again, twenty times, one at a time; put it into REGRESSIONS in seeds.ts.
 */
import { parseArgs } from 'node:util';
import { execa } from 'execa';

const { values } = parseArgs({
  options: {
    lives: { type: 'string' },
    minutes: { type: 'string' },
    seed: { type: 'string' },
    times: { type: 'string' },
    'at-once': { type: 'string' },
  },
});
// With a number of lives or a seed, that is the end; else the time.
const minutes = Number(values.minutes ?? ((values.lives ?? values.seed) ? 24 * 60 : 60));
const { exitCode } = await execa('vitest', ['run', 'test/random/random-lives.test.ts'], {
  preferLocal: true,
  stdio: 'inherit',
  reject: false,
  env: {
    ACCORD_RANDOM_MS: String(minutes * 60_000),
    ...(values.lives !== undefined && { ACCORD_RANDOM_LIVES: values.lives }),
    ...(values['at-once'] !== undefined && { ACCORD_RANDOM_AT_ONCE: values['at-once'] }),
    ...(values.seed !== undefined && {
      ACCORD_RANDOM_SEED: values.seed,
      ACCORD_RANDOM_LIVES: values.times ?? '1',
      ACCORD_RANDOM_AT_ONCE: '1',
    }),
  },
});
process.exitCode = exitCode ?? 1;
