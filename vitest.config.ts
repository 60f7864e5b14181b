import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/support/global-setup.ts',
    // Temporal's worker loads native code, which does not like threads.
    pool: 'forks',
    maxWorkers: 2,
    // A worker needs up to 8 s to get work again after an outage.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Lost promises are lost work: never ignored.
    dangerouslyIgnoreUnhandledErrors: false,
  },
});
