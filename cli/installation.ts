import { mkdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '../client/http.ts';
import { readConfig, type Environment } from '../config.ts';
import { OWN_EXTENSION } from '../own-extension.ts';
import { PlatformError } from '../platform/error.ts';
import { startProcess } from '../platform/process.ts';
import type { Progress } from '../platform/progress.ts';
import { bringUp } from '../platform/up.ts';
import { amongOthers } from '../synchronizer-config.ts';
import { loadFolders } from '../worker/load-folder.ts';
import { untilModelsKnown } from './models-known.ts';
import { startReloadingWorker } from './reloading-worker.ts';
import { chooseBind } from './server-bind.ts';
import { startWorkerProcess } from './worker-process.ts';

export interface InstallationOptions {
  /** Where everything that is started here keeps its data. */
  readonly dir: string;
  /** Folders of synchronizers. */
  readonly folders: readonly string[];
  /** Given to the server and the workers, besides where Postgres and Temporal are. */
  readonly environment?: NodeJS.ProcessEnv;
  readonly onProgress: Progress;
  readonly signal: AbortSignal;
}

export interface Installation {
  readonly server: string;
  /** What the server asks for. */
  readonly token: string | undefined;
  readonly databaseUrl: string;
  readonly temporalUi: string | undefined;
  /** Rejects when one of its processes ends, saying which and what it said last. */
  readonly failed: Promise<never>;
  readonly stop: () => Promise<void>;
}

const MAIN = fileURLToPath(new URL(`./main${OWN_EXTENSION}`, import.meta.url));

/**
 * Bring up a whole installation: what is missing of Postgres, Temporal and Ansible, the server, and a worker for
 * each folder, each a process of its own that does not outlive this one.
 *
 * @throws {SynchronizerError | ConfigError | PlatformError} when something cannot be started; nothing is left then
 */
export async function startInstallation(options: InstallationOptions): Promise<Installation> {
  const { folders, onProgress, signal } = options;
  const dir = resolve(options.dir);
  const logs = join(dir, 'log');
  await mkdir(logs, { recursive: true });
  const given = { ...process.env, ...options.environment };
  // Faults in what is given are told before anything is started.
  const { token, publicUrl } = readConfig(given);
  const synchronizers = await loadFolders(folders);
  const needsAnsible = synchronizers.some(({ steps }) =>
    [...steps.values()].some(({ kind }) => kind !== 'step'),
  );

  const platform = await bringUp({
    dir,
    parts: ['postgres', 'temporal', ...(needsAnsible ? (['ansible'] as const) : [])],
    onProgress,
  });
  const stoppable: { stop(): Promise<unknown> }[] = [];
  const stop = async (): Promise<void> => {
    for (const one of stoppable.toReversed()) await one.stop();
    await platform.stop();
  };
  try {
    const { databaseUrl = '', temporalAddress = '', temporalUiUrl } = platform;
    const bind = await chooseBind(given);
    const server = `http://${bind}`;
    const environment = overriding(given, {
      DATABASE_URL: databaseUrl,
      TEMPORAL_ADDRESS: temporalAddress,
      ACCORD_BIND: bind,
      // Workers of several folders, and those that take each other's place, cannot share an address.
      ACCORD_METRICS_BIND: '',
      ACCORD_PUBLIC_URL: publicUrl ?? server,
      ...(temporalUiUrl === undefined ? {} : { ACCORD_TEMPORAL_UI: temporalUiUrl }),
    });
    // Each worker loads one folder, and would take for its own what means whichever is loaded.
    const workerEnvironment = folders.length === 1 ? environment : amongOthers(environment);
    const failures: Promise<never>[] = [];
    const start = async (name: string, args: readonly string[]): Promise<void> => {
      const logFile = join(logs, `${name}.log`);
      // A worker may need its 30 seconds to hand back what it does.
      const one = await startProcess(process.execPath, [MAIN, ...args], {
        env: environment,
        logFile,
        graceSeconds: 60,
      });
      stoppable.push(one);
      failures.push(one.ended.then(async () => Promise.reject(endOf(name, logFile, await endIn(logFile)))));
    };
    await start('server', ['server']);
    for (const folder of folders.map((one) => resolve(one))) {
      const name = `worker-${basename(folder)}`;
      const logFile = join(logs, `${name}.log`);
      const command = [process.execPath, MAIN, 'worker', folder] as const;
      const worker = await startReloadingWorker(
        folder,
        () => startWorkerProcess([...command], { env: workerEnvironment, logFile }),
        (lastWords) => endOf(name, logFile, lastWords),
        onProgress,
      );
      stoppable.push(worker);
      failures.push(worker.failed);
    }
    const failed = Promise.race(failures);
    failed.catch(() => undefined);

    onProgress('Starting the server and the workers …');
    await Promise.race([
      untilModelsKnown(
        createClient({ server, token }),
        synchronizers.flatMap(({ models }) => models.map(({ name }) => name)),
        signal,
      ),
      failed,
    ]);
    return { server, token, databaseUrl, temporalUi: temporalUiUrl, failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** An environment with these variables in place of what was given, also by a file: both at once would be refused. */
function overriding(given: Environment, own: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const files = Object.keys(own).map((name) => [`${name}_FILE`, ''] as const);
  return { ...given, ...Object.fromEntries(files), ...own };
}

function endOf(name: string, logFile: string, lastWords: string): PlatformError {
  return new PlatformError(
    'E_PROCESS_ENDED',
    `the ${name} process has ended; its last words (all in ${logFile}):\n${lastWords}`,
  );
}

const endIn = async (logFile: string): Promise<string> =>
  (await readFile(logFile, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-10).join('\n');
