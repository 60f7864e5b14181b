import { createStore, type Store } from '../../store/store.ts';
import type { Registration } from '../../store/registration.ts';
import type { ModelDefinition } from '../../model/definition.ts';
import type { ModelDeps } from '../../plan/model-deps.ts';
import { createTestDatabase } from './database.ts';

export interface TestStore extends Store {
  /** Close it and drop its database. */
  drop(): Promise<void>;
  readonly url: string;
}

/** A store on a database of its own, with these models, each with a step unless said otherwise. */
export async function createTestStore(
  models: readonly ModelDefinition[],
  options: {
    readonly synchronizer?: string;
    readonly withoutStep?: readonly string[];
    readonly withPolicy?: readonly string[];
    /** Whose step says itself what its objects depend on. */
    readonly withDependsOn?: readonly string[];
    readonly modelDeps?: ModelDeps;
  } = {},
): Promise<TestStore> {
  const database = await createTestDatabase();
  const { url } = database;
  const store = createStore({ databaseUrl: url });
  await store.ensureSchema();
  const registration: Registration = {
    synchronizer: options.synchronizer ?? 'test',
    models: models.map((definition) => ({
      definition,
      hasStep: options.withoutStep?.includes(definition.name) !== true,
      hasPolicy: options.withPolicy?.includes(definition.name) === true,
      ...(options.withDependsOn?.includes(definition.name) === true && { traits: { dependsOn: true } }),
    })),
    ...(options.modelDeps && { modelDeps: options.modelDeps }),
  };
  await store.register(registration);
  return {
    ...store,
    url,
    async drop() {
      await store.close();
      await database.drop();
    },
  };
}
