import { databaseUrlOf, readConfig } from '../config.ts';
import { describeUnfit, type Migration } from '../store/registration.ts';
import { createStore, type Store } from '../store/store.ts';
import { loadFolder } from '../worker/load-folder.ts';
import { registrationOf } from '../worker/registration.ts';
import { EXIT } from './explain.ts';

/**
 * Say what the models of a synchronizer's folder would change in what is stored, or accept it.
 *
 * @returns 1 when objects have what the models do not allow: a worker of this folder would be refused
 */
export async function migrate(folder: string, { accept }: { readonly accept: boolean }): Promise<number> {
  const { settings, synchronizer } = await loadFolder(folder);
  const registration = registrationOf(synchronizer, settings);
  const migration = await withStore((store) =>
    accept ? store.register(registration, { accept }) : store.planRegistration(registration),
  );
  console.log(describe(synchronizer.name, migration, accept).join('\n'));
  return migration.unfit.length > 0 ? EXIT.failed : EXIT.ok;
}

/** Remove a synchronizer for good: its models, which have no objects any more. */
export async function removeSynchronizer(name: string): Promise<number> {
  await withStore((store) => store.removeSynchronizer({ name: 'accord migrate' }, name));
  console.log(`${name} was removed`);
  return EXIT.ok;
}

function describe(synchronizer: string, migration: Migration, accepted: boolean): string[] {
  const { changes, unfit, warnings } = migration;
  const verdict = accepted
    ? `${synchronizer} is registered.`
    : `A worker of ${synchronizer} ${unfit.length > 0 ? 'would be refused' : 'would be accepted'}.`;
  return [
    ...(changes.length === 0 ? ['The models are as they were registered.'] : changes),
    ...warnings.map((warning) => `warning: ${warning}`),
    ...(unfit.length === 0 ? [] : ['', 'What is stored and not allowed any more:', ...describeUnfit(unfit)]),
    '',
    verdict,
    ...(unfit.some(({ remedy }) => remedy !== undefined)
      ? ['To accept what is lost: accord migrate --accept, with the same folder.']
      : []),
  ];
}

async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const store = createStore({ databaseUrl: databaseUrlOf(readConfig()), connections: 2 });
  try {
    await store.ensureSchema();
    return await work(store);
  } finally {
    await store.close();
  }
}
