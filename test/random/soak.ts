/**
 * `npm run soak [-- MINUTES]`: live random lives for a long time (default 60 minutes).
 *
 * A life that breaks a promise prints its seed; put it into REGRESSIONS in random-lives.test.ts.
 */
import { execa } from 'execa';

const minutes = Number(process.argv[2] ?? 60);
const { exitCode } = await execa('vitest', ['run', 'test/random'], {
  preferLocal: true,
  stdio: 'inherit',
  reject: false,
  env: { ACCORD_RANDOM_MS: String(minutes * 60_000) },
});
process.exitCode = exitCode ?? 1;
