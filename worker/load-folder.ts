import { ConfigError } from '../config.ts';
import { readSynchronizerConfig, type SynchronizerConfig } from '../synchronizer-config.ts';
import { loadSynchronizer, type LoadedSynchronizer } from './load-synchronizer.ts';
import { SynchronizerError } from './synchronizer-error.ts';

/**
 * Load a synchronizer's folder with its accord.yaml.
 *
 * @throws {SynchronizerError | ConfigError} with every fault of both at once; nothing has been started then
 */
export async function loadFolder(
  folder: string,
  options?: Parameters<typeof readSynchronizerConfig>[1],
): Promise<{ readonly settings: SynchronizerConfig; readonly synchronizer: LoadedSynchronizer }> {
  const settings = await readSynchronizerConfig(folder, options).catch(asValue(ConfigError));
  const isUnread = settings instanceof ConfigError;
  const synchronizer = await loadSynchronizer(folder, isUnread ? {} : settings).catch(
    asValue(SynchronizerError),
  );
  const faults = [settings, synchronizer].flatMap((one) => ('faults' in one ? one.faults : []));
  if (synchronizer instanceof SynchronizerError) throw new SynchronizerError(folder, faults);
  if (isUnread) throw settings;
  return { settings, synchronizer };
}

/**
 * Load several such folders.
 *
 * @throws {SynchronizerError | ConfigError} with every fault of all of them at once
 */
export async function loadFolders(folders: readonly string[]): Promise<LoadedSynchronizer[]> {
  const alone = folders.length === 1;
  const loaded = await Promise.allSettled(folders.map((folder) => loadFolder(folder, { alone })));
  const errors = loaded.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  if (errors.length > 1) throw new ConfigError(errors.flatMap(faultsIn));
  if (errors.length === 1) throw errors[0];
  return loaded.flatMap((one) => (one.status === 'fulfilled' ? [one.value.synchronizer] : []));
}

function faultsIn(error: unknown): readonly string[] {
  if (error instanceof ConfigError) return error.faults;
  if (error instanceof SynchronizerError) return [error.message];
  throw error;
}

/** Take an error of this kind, whose faults are to be told together with others, as a value. */
const asValue =
  <E extends Error>(kind: abstract new (...args: never[]) => E) =>
  (error: unknown): E => {
    if (error instanceof kind) return error;
    throw error;
  };
