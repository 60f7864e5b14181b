import { join, resolve } from 'node:path';
import type { Ansible } from '../backend/run-playbook.ts';
import { createDispatcher } from '../backend/dispatcher.ts';
import { databaseUrlOf, type Config } from '../config.ts';
import { createLog, type Log } from '../log.ts';
import { createStore } from '../store/store.ts';
import { loadFolder } from './load-folder.ts';
import { startWorker, type RunningWorker } from './worker.ts';

/** After its signal was aborted, author code has this long to end. */
const GRACE_MS = 20_000;

/**
 * Run a worker for the synchronizer in `folder`: everything it needs is checked before anything is started.
 *
 * @param options.findAnsible called only when a step needs it
 * @throws {SynchronizerError | ConfigError} with every fault at once
 */
export async function runWorker(
  config: Config,
  folder: string,
  options: {
    readonly findAnsible: () => Promise<Ansible>;
    readonly log?: Log;
    readonly signal?: AbortSignal;
  },
): Promise<RunningWorker> {
  const { settings, synchronizer: loaded } = await loadFolder(folder);
  const synchronizer = settings.enableWatchers ? loaded : { ...loaded, watchers: new Map() };
  const needsAnsible = [...synchronizer.steps.values()].some(({ kind }) => kind !== 'step');
  const ansible = needsAnsible ? await options.findAnsible() : undefined;
  const dispatcher =
    ansible === undefined
      ? undefined
      : createDispatcher({ ansible, playbooksDir: join(folder, 'playbooks') });
  const log = options.log ?? createLog({ level: config.logLevel });
  const store = createStore({ databaseUrl: databaseUrlOf(config), connections: config.slots + 10 });
  try {
    const worker = await startWorker({
      synchronizer,
      store,
      temporal: { address: config.temporalAddress, namespace: config.temporalNamespace },
      log,
      settings: {
        leaseMs: config.leaseMs,
        renewMs: config.renewMs,
        heartbeatMs: config.heartbeatMs,
        deferralMs: config.deferralMs,
        retry: {
          initialMs: config.retryInitialMs,
          factor: settings.backoffDisabled ? 1 : config.retryFactor,
          maxMs: config.retryMaxMs,
        },
        graceMs: GRACE_MS,
      },
      slots: config.slots,
      limits: settings.limits,
      version: settings.version,
      disabled: settings.disabled,
      pretend: settings.pretend,
      sysDir: resolve(settings.sysDir),
      ansible: ansible && { ...ansible, ...(dispatcher && { dispatcher }) },
      shutdownMs: config.shutdownMs,
      sweepMs: config.sweepMs,
      ...(options.signal && { signal: options.signal }),
    });
    return {
      ...worker,
      async stop() {
        await worker.stop();
        await dispatcher?.stop();
        await store.close();
      },
    };
  } catch (error) {
    await dispatcher?.stop();
    await store.close();
    throw error;
  }
}
