import { join } from 'node:path';
import { provideAnsible } from './ansible.ts';
import type { Ansible } from './ansible.ts';
import { PlatformError } from './error.ts';
import { partsGiven, type Given } from './given.ts';
import { startPostgres } from './postgres.ts';
import type { Progress } from './progress.ts';
import { askTemporal, startTemporal } from './temporal.ts';

export type Part = 'postgres' | 'temporal' | 'ansible';

export interface UpOptions {
  /** Where the parts that are started here keep their data, `.accord/demo` for example. */
  dir: string;
  parts: readonly Part[];
  onProgress?: Progress;
}

/** What a part was asked for is there; what was not asked for is undefined. */
export interface Platform {
  databaseUrl: string | undefined;
  temporalAddress: string | undefined;
  temporalUiUrl: string | undefined;
  ansible: Ansible | undefined;
  /** Stop what was started here, in the reverse order of need. */
  stop(): Promise<void>;
}

interface Provided<T> {
  value: T;
  stop?: () => Promise<unknown>;
}

/**
 * Bring up the parts that a machine lacks: each is looked for first, and provided only when it is absent.
 *
 * DATABASE_URL and TEMPORAL_ADDRESS name parts that run elsewhere. When one part fails, those that were started are
 * stopped again.
 *
 * @throws {ConfigError} when the environment has faults
 * @throws {PlatformError} saying what is missing and what to do about it
 */
export async function bringUp({ dir, parts, onProgress = () => undefined }: UpOptions): Promise<Platform> {
  const want = <T>(part: Part, provide: () => Promise<Provided<T>>): Promise<Provided<T> | undefined> =>
    parts.includes(part) ? provide() : Promise.resolve(undefined);
  const given = partsGiven();
  const [postgres, temporal, ansible] = await Promise.allSettled([
    want('postgres', () => providePostgres(given.databaseUrl, dir, onProgress)),
    want('temporal', () => provideTemporal(given, dir, onProgress)),
    want('ansible', async () => ({ value: await provideAnsible(onProgress) })),
  ]);
  // Temporal's workers and ours write to Postgres while they end: it goes last.
  const stop = async (): Promise<void> => {
    for (const part of [temporal, postgres]) {
      if (part.status === 'fulfilled') await part.value?.stop?.();
    }
  };
  if (postgres.status === 'rejected' || temporal.status === 'rejected' || ansible.status === 'rejected') {
    await stop();
    throw faultOf([postgres, temporal, ansible]);
  }
  return {
    databaseUrl: postgres.value?.value,
    temporalAddress: temporal.value?.value.address,
    temporalUiUrl: temporal.value?.value.uiUrl,
    ansible: ansible.value?.value,
    stop,
  };
}

/** Several parts may fail: all their sentences are said. */
function faultOf(results: readonly PromiseSettledResult<unknown>[]): unknown {
  const reasons = results.flatMap((result): unknown[] =>
    result.status === 'rejected' ? [result.reason] : [],
  );
  const [first, ...others] = reasons;
  if (!(first instanceof PlatformError) || others.length === 0) return first;
  const sentences = reasons.map((reason) => (reason instanceof Error ? reason.message : String(reason)));
  return new PlatformError(first.code, sentences.join('\n'), { cause: new AggregateError(reasons) });
}

async function providePostgres(
  given: string | undefined,
  dir: string,
  onProgress: Progress,
): Promise<Provided<string>> {
  // The store says in a sentence when it cannot be reached, and tries again: nothing is to be added here.
  if (given !== undefined) return { value: given };
  const postgres = await startPostgres({ dir: join(dir, 'postgres') });
  if (postgres.moved !== undefined) onProgress(postgres.moved);
  return { value: postgres.url, stop: () => postgres.stop() };
}

async function provideTemporal(
  { temporal: given, temporalUi }: Given,
  dir: string,
  onProgress: Progress,
): Promise<Provided<{ address: string; uiUrl: string | undefined }>> {
  if (given !== undefined) {
    const { address, namespace } = given;
    const answer = await askTemporal(given, 10_000);
    if (!answer.isThere) {
      const message = `no Temporal with the namespace ${namespace} answers at ${address} (TEMPORAL_ADDRESS): ${answer.fault}`;
      throw new PlatformError('E_TEMPORAL', message);
    }
    return { value: { address, uiUrl: temporalUi } };
  }
  const temporal = await startTemporal({ dir: join(dir, 'temporal'), onProgress });
  return { value: { address: temporal.address, uiUrl: temporal.uiUrl }, stop: () => temporal.stop() };
}
