import type { Ref } from '../model/definition.ts';
import { applyObjects, type Applied, type Wish } from './apply.ts';
import { addressOf, openDatabase, type Database, type Queryable } from './database.ts';
import { ModelsChanged } from './errors.ts';
import { pause, resume, type HoldTarget, type Pause } from './holds.ts';
import { migrate } from './migrate.ts';
import { findObjects, readObject, readObjects, readUnsettled } from './read.ts';
import { planRegistration, register } from './register.ts';
import type { Migration, Registration } from './registration.ts';
import { readRegistry, type Registry } from './registry.ts';
import { removeSynchronizer } from './remove-synchronizer.ts';
import { removeObject, type RemoveOptions } from './remove.ts';
import { repair } from './repair.ts';
import { admission, refuseRestored } from './restored.ts';
import { resyncObject } from './resync.ts';
import type { Fields, StoredObject, Writer } from './types.ts';
import { createObject, unknownModel, updateObject, type Writing } from './write.ts';

/** Everything that is true about objects. All of it is in Postgres; nothing is remembered here but the models. */
export interface Store {
  readonly database: Database;
  /**
   * Bring the database to this version's schema. Safe when two processes start at once.
   *
   * @throws {RestoredError} when it is not the database that the installation last ran on; so does everything else then
   */
  ensureSchema(): Promise<void>;
  /** Remember how far the database has come. @throws {RestoredError} when it has come less far than was remembered */
  recognize(): Promise<void>;
  /** Go on with a restored database. @returns how many objects will be synchronized again */
  repair(): Promise<number>;
  /** Register the models of a synchronizer, as `register` says; writes nothing when they are already. */
  register(registration: Registration, options?: { readonly accept?: boolean }): Promise<Migration>;
  /** Say what that would do. */
  planRegistration(registration: Registration): Promise<Migration>;
  /** Remove a synchronizer. @throws {Refusal} while it has objects or workers */
  removeSynchronizer(writer: Writer, name: string): Promise<void>;
  /** The registered models, by name. Cached until a registration is committed anywhere. */
  models(): Promise<Registry>;
  /**
   * Run a transaction with the models as they are; again from the start when a registration has changed them since.
   *
   * @param work may run more than once, so it must touch nothing but `tx`
   */
  inModels<T>(work: (tx: Queryable, registry: Registry) => Promise<T>): Promise<T>;
  /**
   * Write in one transaction: all of it, or nothing.
   *
   * @param work may run more than once (deadlock), so it must touch nothing but `tx`
   * @throws {Refusal} for what cannot be written
   */
  write<T>(writer: Writer, work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Have an object synchronized again, at once and with a fresh failure count. @throws {Refusal} when nothing synchronizes it */
  resync(ref: Ref, writer: Writer): Promise<void>;
  /** Read one object; the reference may name a base model. Null when there is none. */
  get(ref: Ref): Promise<StoredObject | null>;
  /** List by id. @param options.limit at most 1000 @default 100 */
  list(
    model: string,
    options?: { readonly after?: number; readonly limit?: number },
  ): Promise<StoredObject[]>;
  /** Find live objects whose fields equal `where`; at most 1000, by id. */
  find(model: string, where: Fields): Promise<StoredObject[]>;
  /** The objects that something is still to be done for; at most 1000, by id. */
  unsettled(): Promise<StoredObject[]>;
  /** Hold objects back: what runs is stopped, nothing begins. @throws {Refusal} when there is no such thing */
  pause(
    writer: Writer,
    target: HoldTarget,
    why: { readonly reason: string; readonly until?: Date },
  ): Promise<Pause>;
  /** End a pause. @returns whether there was one */
  resume(writer: Writer, target: HoldTarget): Promise<boolean>;
  close(): Promise<void>;
}

/** What may be done in one write. Values are plain JSON; links are ids or references. */
export interface Transaction {
  create(model: string, fields: Record<string, unknown>): Promise<Ref>;
  /** What is left out stays, null clears. @param options.version refuse when it is not the stored one any more */
  update(ref: Ref, changes: Record<string, unknown>, options?: { readonly version?: number }): Promise<void>;
  /** Mark as deleted. @returns all that were marked, this one first */
  remove(ref: Ref, options?: RemoveOptions): Promise<Ref[]>;
  /** Have it synchronized again, at once and with a fresh failure count. */
  resync(ref: Ref): Promise<void>;
  get(ref: Ref): Promise<StoredObject | null>;
  /** Create what there is not and change what there is, so that all is as wished. */
  apply(wishes: readonly Wish[], onDone?: (count: number) => void): Promise<Applied[]>;
}

/**
 * Open the store. Connects with the first call.
 *
 * @param config.databaseUrl a Postgres URL; Accord keeps to the schema `accord` in it
 * @param config.connections most connections of this process @default 20
 */
export function createStore(config: { readonly databaseUrl: string; readonly connections?: number }): Store {
  const admit = admission(addressOf(config.databaseUrl));
  const database = openDatabase(config.databaseUrl, { ...config, admit });
  const models = watchModels(database);

  const inModels: Store['inModels'] = async (work) => {
    for (;;) {
      const registry = await models.current();
      try {
        return await database.transaction((tx) => work(tx, registry));
      } catch (error) {
        if (!(error instanceof ModelsChanged)) throw error;
        models.forget();
      }
    }
  };

  return {
    database,
    async ensureSchema() {
      await migrate(database);
      await refuseRestored(database, database.address);
    },
    recognize: () => admit(database),
    async repair() {
      // One that admits every database.
      const restored = openDatabase(config.databaseUrl, { connections: 1 });
      try {
        await migrate(restored);
        return await repair(restored);
      } finally {
        await restored.close();
      }
    },
    async register(registration, options) {
      const migration = await register(database, registration, options);
      models.forget();
      return migration;
    },
    planRegistration: (registration) => planRegistration(database, registration),
    async removeSynchronizer(writer, name) {
      await removeSynchronizer(database, writer, name);
      models.forget();
    },
    models: models.current,
    inModels,
    write: (writer, work) => inModels((tx, registry) => work(transaction({ tx, registry, writer }))),
    resync: (ref, writer) => inModels((tx, registry) => resyncObject({ tx, registry, writer }, ref)),
    async get(ref) {
      const registry = await known(models.current(), ref.model);
      return readObject(database, registry, ref);
    },
    async list(model, options) {
      return readObjects(database, await known(models.current(), model), model, options);
    },
    async find(model, where) {
      return findObjects(database, await known(models.current(), model), model, where);
    },
    async unsettled() {
      return readUnsettled(database, await models.current());
    },
    async pause(writer, target, why) {
      return pause(database, await models.current(), writer, target, why);
    },
    async resume(writer, target) {
      return resume(database, await models.current(), writer, target);
    },
    async close() {
      await models.stop();
      await database.close();
    },
  };
}

function transaction(writing: Writing): Transaction {
  return {
    create: (model, fields) => createObject(writing, model, fields),
    update: (ref, changes, options) => updateObject(writing, ref, changes, options),
    remove: (ref, options) => removeObject(writing, ref, options),
    resync: (ref) => resyncObject(writing, ref),
    get: (ref) => readObject(writing.tx, writing.registry, ref),
    apply: (wishes, onDone) => applyObjects(writing, wishes, onDone),
  };
}

async function known(registry: Promise<Registry>, model: string): Promise<Registry> {
  const models = await registry;
  if (!models.has(model)) throw unknownModel(models, model);
  return models;
}

interface WatchedModels {
  readonly current: () => Promise<Registry>;
  readonly forget: () => void;
  readonly stop: () => Promise<void>;
}

/** What is known of models is read anew this often, should nobody have heard that they changed. */
const MODELS_MS = 60_000;

function watchModels(database: Database): WatchedModels {
  let cached: Promise<Registry> | undefined;
  // By `performance.now()`.
  let readAt = 0;
  let listening: Promise<{ stop(): Promise<void> }> | undefined;

  const forget = (): void => {
    cached = undefined;
  };
  return {
    async current() {
      listening ??= database.listen('accord_models', forget);
      await listening.catch((error: unknown) => {
        listening = undefined;
        throw error;
      });
      if (cached === undefined || performance.now() - readAt > MODELS_MS) {
        readAt = performance.now();
        cached = readRegistry(database);
      }
      const reading = cached;
      try {
        return await reading;
      } catch (error) {
        if (cached === reading) cached = undefined;
        throw error;
      }
    },
    forget,
    async stop() {
      await (await listening?.catch(() => undefined))?.stop();
    },
  };
}
