import { join, resolve } from 'node:path';
import { createDispatcher, type Dispatcher } from '../backend/dispatcher.ts';
import { lintPlaybooks } from '../backend/lint-playbook.ts';
import type { Ansible } from '../backend/run-playbook.ts';
import { temporalTargetOf } from '../client/temporal-target.ts';
import { databaseUrlOf, type Config } from '../config.ts';
import type { Log } from '../log.ts';
import { createStore } from '../store/store.ts';
import type { AnsibleSettings } from '../synchronizer-config.ts';
import { loadFolder } from './load-folder.ts';
import { openLog } from './open-log.ts';
import { installRuntime } from './runtime.ts';
import { startWorker, type RunningWorker } from './worker.ts';

/** After its signal was aborted, author code has this long to end. */
export const GRACE_MS = 20_000;

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
  const [databaseUrl, temporal] = [databaseUrlOf(config), temporalTargetOf(config)];
  const synchronizer = settings.enableWatchers ? loaded : { ...loaded, watchers: new Map() };
  const needsAnsible = [...synchronizer.steps.values()].some(({ kind }) => kind !== 'step');
  const ansible = needsAnsible ? await options.findAnsible() : undefined;
  const { log, close: closeLog } = options.log
    ? { log: options.log, close: () => undefined }
    : await openLog(config.logLevel, settings);
  try {
    installRuntime(log, config.metricsBind);
  } catch (error) {
    await closeLog();
    throw error;
  }
  const playbooksDir = join(synchronizer.folder, 'playbooks');
  if (ansible !== undefined) await warnOfCommandLines(playbooksDir, log);
  const dispatcher = ansible && startDispatcher(ansible, playbooksDir, settings.ansible, log);
  const store = createStore({ databaseUrl, connections: config.slots + 10 });
  try {
    const worker = await startWorker({
      synchronizer,
      store,
      temporal,
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
      keepDeletedSysMs: settings.sysKeepDeletedHours * 3_600_000,
      ansible: ansible && { ...ansible, ...(dispatcher && { dispatcher }) },
      proxySsh: settings.proxySsh,
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
        await closeLog();
      },
    };
  } catch (error) {
    await dispatcher?.stop();
    await store.close();
    await closeLog();
    throw error;
  }
}

/** Values are data, but in a command line that a shell or a space takes apart. */
async function warnOfCommandLines(playbooksDir: string, log: Log): Promise<void> {
  for (const { file, line, message, hint } of await lintPlaybooks(playbooksDir)) {
    log.warn({ file, line, warning: message, hint }, 'a playbook puts a command line together from values');
  }
}

/** Its process starts beside everything else: the first playbook waits for it, nothing before does. */
function startDispatcher(
  ansible: Ansible,
  playbooksDir: string,
  { dispatcher: mode = 'warm', forks }: AnsibleSettings,
  log: Log,
): Dispatcher {
  const dispatcher = createDispatcher({
    ansible,
    playbooksDir,
    mode,
    ...(forks === undefined ? {} : { places: forks }),
  });
  void dispatcher.start().then((why) => {
    if (mode === 'warm' && why !== null)
      log.warn({ reason: why }, 'ansible cannot be kept warm; each playbook starts it anew');
  });
  return dispatcher;
}
