import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/support/global-setup.ts',
    // Temporal's worker loads native code, which does not like threads.
    pool: 'forks',
    maxWorkers: 2,
    // Deadlines of conditions, on a machine that may be busy: a worker is bundled and started in most hooks.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // What programs print is compared as text.
    env: { NO_COLOR: '1', FORCE_COLOR: '0' },
    // Lost promises are lost work: never ignored.
    dangerouslyIgnoreUnhandledErrors: false,
  },
});
