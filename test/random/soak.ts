/**
 * `npm run soak [-- --lives 2000]`: live random lives for a long time.
 *
 * A life that breaks a promise prints its seed, and all that is known of it. `--seed 123 --times 20` lives that one
 * again, twenty times, one at a time; put it into REGRESSIONS in seeds.ts.
 */
import { Command } from 'commander';
import { execa } from 'execa';
import { amount, count, seed } from '../support/options.ts';

interface Asked {
  readonly lives?: number;
  readonly minutes?: number;
  readonly atOnce?: number;
  readonly seed?: number;
  readonly times: number;
}

const asked = new Command('soak')
  .description('Live random lives for a long time.')
  .showHelpAfterError()
  .option('--lives <number>', 'end after so many', count)
  .option('--minutes <number>', 'end after so long (60, unless lives or a seed are given)', amount)
  .option('--at-once <number>', 'how many are lived beside each other', count)
  .option('--seed <number>', 'live this one again', seed)
  .option('--times <number>', 'how often, one at a time', count, 1)
  .parse()
  .opts<Asked>();

const isCounted = asked.lives !== undefined || asked.seed !== undefined;
const minutes = asked.minutes ?? (isCounted ? 24 * 60 : 60);
const again = asked.seed !== undefined;
const lives = again ? asked.times : asked.lives;
const atOnce = again ? 1 : asked.atOnce;
const { exitCode } = await execa('vitest', ['run', 'test/random/random-lives.test.ts'], {
  preferLocal: true,
  stdio: 'inherit',
  reject: false,
  env: {
    ACCORD_RANDOM_MS: String(minutes * 60_000),
    ...(lives !== undefined && { ACCORD_RANDOM_LIVES: String(lives) }),
    ...(atOnce !== undefined && { ACCORD_RANDOM_AT_ONCE: String(atOnce) }),
    ...(again && { ACCORD_RANDOM_SEED: String(asked.seed) }),
  },
});
process.exitCode = exitCode ?? 1;
