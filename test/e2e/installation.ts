import { createClient, type Client as ApiClient } from '../../client/http.ts';
import type { ApiObject } from '../../client/wire.ts';
import type { Ref } from '../../model/definition.ts';
import { openDatabase, type Database } from '../../store/database.ts';
import { createTestDatabase } from '../support/database.ts';
import { waitFor } from '../support/wait-for.ts';
import { startAccord, type AccordProcess } from './accord.ts';

/** An installation of real processes, on a database of its own. */
export interface Installation {
  /** Base address of the server. */
  readonly server: string;
  readonly api: ApiClient;
  readonly database: Database;
  readonly databaseUrl: string;
  /** Those that were ended, too. */
  readonly workers: readonly AccordProcess[];
  startWorker(): Promise<void>;
  /** Wait until the object looks like this. */
  until(ref: Ref, isSo: (object: ApiObject) => boolean, what: string): Promise<ApiObject>;
  untilSynced(ref: Ref): Promise<ApiObject>;
  untilGone(ref: Ref): Promise<void>;
  stop(): Promise<void>;
}

/** Long: other tests run beside this one, and it is a condition that is waited for. */
const PATIENCE_MS = 120_000;

/** Start the server, and workers for the synchronizer in `folder`. */
export async function startInstallation(options: {
  readonly folder: string;
  readonly workers?: number;
  readonly temporal: { readonly address: string; readonly namespace: string };
  readonly environment: Readonly<Record<string, string>>;
}): Promise<Installation> {
  const { folder, workers: count = 1, temporal } = options;
  const testDatabase = await createTestDatabase();
  const environment = {
    ...options.environment,
    DATABASE_URL: testDatabase.url,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    ACCORD_BIND: '127.0.0.1:0',
  };
  const database = openDatabase(testDatabase.url, { connections: 2 });
  const workers: AccordProcess[] = [];
  const startWorker = async (): Promise<void> => {
    const worker = await startAccord(['worker', folder], environment);
    workers.push(worker);
    await worker.said(/worker is ready/);
  };
  const main = await startAccord(['server'], environment);
  const stop = async (): Promise<void> => {
    await Promise.all([main, ...workers].map((one) => one.stop()));
    await database.close();
    await testDatabase.drop();
  };
  try {
    await Promise.all(Array.from({ length: count }, startWorker));
    const server = addressIn(await main.said(/server is ready/));
    const parts = { database, databaseUrl: testDatabase.url, workers, startWorker, stop };
    return { server, ...parts, ...watch(createClient({ server })) };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Ways to wait for what the API shows. */
export function watch(api: ApiClient): Pick<Installation, 'api' | 'until' | 'untilSynced' | 'untilGone'> {
  const look = (ref: Ref): Promise<ApiObject | undefined> =>
    api.get(ref).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'E_NOT_FOUND') return undefined;
      throw error;
    });
  const until: Installation['until'] = (ref, isSo, what) =>
    waitFor(
      `${ref.model}/${ref.id} ${what}`,
      async () => {
        const object = await look(ref);
        return object !== undefined && isSo(object) ? object : undefined;
      },
      () => look(ref),
      PATIENCE_MS,
    );
  return {
    api,
    until,
    untilSynced: (ref) => until(ref, ({ state }) => state === 'Synced', 'to be Synced'),
    untilGone: async (ref) => {
      await waitFor(
        `${ref.model}/${ref.id} to be gone`,
        async () => ((await look(ref)) === undefined ? true : undefined),
        () => look(ref),
        PATIENCE_MS,
      );
    },
  };
}

/** The address in a line of the log. */
export const addressIn = (line: string): string => (JSON.parse(line) as { address: string }).address;
