import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';

export interface TestTemporal {
  address: string;
  namespace: 'default';
  /** Used by no other test. */
  taskQueue: string;
}

/** Get the Temporal server of the run, with a task queue of one's own. */
export function testTemporal(): TestTemporal {
  return {
    address: inject('temporalAddress'),
    namespace: 'default',
    taskQueue: `test-${randomBytes(6).toString('hex')}`,
  };
}
