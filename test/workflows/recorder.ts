import { pino } from 'pino';
import type { Store } from '../../store/store.ts';
import { startWorker, type RunningWorker } from '../../worker/worker.ts';
import type { Backend } from '../support/backend.ts';
import { synchronizerOf } from './lives.ts';

/** A worker that lives what is recorded: quicker than a real one, in the same proportions. */
export function startRecorder(store: Store, address: string, backend: Backend): Promise<RunningWorker> {
  return startWorker({
    synchronizer: synchronizerOf(backend),
    store,
    temporal: { address, namespace: 'default' },
    log: pino({ level: 'silent' }),
    settings: {
      leaseMs: 5_000,
      renewMs: 300,
      heartbeatMs: 5_000,
      deferralMs: 300,
      retry: { initialMs: 200, factor: 2, maxMs: 2_000 },
      graceMs: 1_000,
    },
    slots: 20,
    sysDir: '/nowhere',
    ansible: undefined,
    shutdownMs: 2_000,
    sweepMs: 60_000,
  });
}
