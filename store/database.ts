import pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailable } from './errors.ts';

/** Something that runs statements: the pool, each in a transaction of its own, or the client of one transaction. */
export interface Queryable {
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

export interface Database extends Queryable {
  /** Host and port, for messages. */
  readonly address: string;
  /**
   * Run a statement that is asked again and again with the same text: each connection parses and plans it once.
   *
   * @param name what Postgres knows it by; one for each text
   */
  repeat<Row extends object>(name: string, text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Run `work` in one READ COMMITTED transaction. Like a single statement, again when Postgres asks for it (deadlock). */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
  /** Run `work` in one read-only transaction, all of whose statements see the same commits. */
  snapshot<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
  /**
   * Call `onNotify` for every notification on `channel`, with what it says, across reconnects; also after each reconnect,
   * with nothing.
   */
  listen(channel: string, onNotify: (says?: string) => void): Promise<{ stop(): Promise<void> }>;
  close(): Promise<void>;
}

const DEADLOCK = '40P01';
const SERIALIZATION = '40001';
const MOST_TRIES = 20;

/**
 * Connect lazily: the first statement finds out whether the database is there.
 *
 * @param options.admit looks at each connection before it is used; when it throws, so does who asked for one
 */
export function openDatabase(
  databaseUrl: string,
  options: { readonly connections?: number; readonly admit?: (connection: Queryable) => Promise<void> } = {},
): Database {
  const { connections = 20, admit } = options;
  const config = {
    connectionString: databaseUrl,
    options: '-c search_path=accord,public',
    application_name: 'accord',
    // Whatever lies between may forget a connection that is silent, as one that listens is, and tell nobody.
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
    types,
  };
  const address = addressOf(databaseUrl);
  // The pool waits for it, whatever its types say.
  const hooks = admit && { onConnect: (client: pg.ClientBase) => admit(queryableOf(client)) };
  const pool = new pg.Pool({
    ...config,
    max: connections,
    connectionTimeoutMillis: 10_000,
    ...hooks,
  });
  // An idle connection that breaks is replaced at its next use; there is nobody to tell.
  pool.on('error', () => undefined);

  /** Again from the start when Postgres asks for it. */
  const persistently = async <T>(work: () => Promise<T>): Promise<T> => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await work();
      } catch (error) {
        const mayTryAgain = isRetryable(error) && tries < MOST_TRIES;
        if (!mayTryAgain) throw explained(error, address);
        await sleep(Math.random() * 20 * tries);
      }
    }
  };

  return {
    address,
    query: <Row extends object>(text: string, values?: readonly unknown[]) =>
      persistently(async () => (await pool.query<Row>(text, values as unknown[])).rows),
    repeat: <Row extends object>(name: string, text: string, values?: readonly unknown[]) =>
      persistently(async () => (await pool.query<Row>({ name, text, values: values as unknown[] })).rows),
    transaction: (work) => persistently(() => once(pool, 'begin', work)),
    snapshot: (work) =>
      persistently(() => once(pool, 'begin isolation level repeatable read, read only', work)),
    async listen(channel, onNotify) {
      try {
        return await listen(config, channel, onNotify);
      } catch (error) {
        throw explained(error, address);
      }
    },
    close: () => pool.end(),
  };
}

async function once<T>(pool: pg.Pool, begin: string, work: (tx: Queryable) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // A connection may break between two statements, when nobody waits for it: unheard, that would end the process.
  const onBreak = (error: Error): void => {
    broken = error;
  };
  client.on('error', onBreak);
  try {
    await client.query(begin);
    const result = await work(queryableOf(client));
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((failure: unknown) => {
      broken = failure as Error;
    });
    throw error;
  } finally {
    client.release(broken);
    client.off('error', onBreak);
  }
}

const queryableOf = (client: pg.ClientBase): Queryable => ({
  query: async <Row extends object>(text: string, values?: readonly unknown[]) =>
    (await client.query<Row>(text, values as unknown[])).rows,
});

async function listen(
  config: pg.ClientConfig,
  channel: string,
  onNotify: (says?: string) => void,
): Promise<{ stop(): Promise<void> }> {
  let client: pg.Client | undefined;
  let isStopped = false;

  const connect = async (): Promise<void> => {
    const next = new pg.Client(config);
    next.on('notification', ({ payload }) => {
      onNotify(payload);
    });
    next.on('error', () => undefined);
    next.on('end', () => {
      if (client === next) void reconnect();
    });
    await next.connect();
    try {
      await next.query(`listen ${channel}`);
    } catch (error) {
      // While it recovers, Postgres connects and does not listen: unclosed, it would keep this process from ending.
      await next.end();
      throw error;
    }
    client = next;
    // Asked to stop meanwhile.
    if (isStopped) await next.end();
  };
  const reconnect = async (): Promise<void> => {
    for (let tries = 0; !isStopped; tries += 1) {
      try {
        await connect();
        onNotify();
        return;
      } catch {
        await sleep(Math.min(100 * 2 ** tries, 5_000));
      }
    }
  };

  await connect();
  return {
    async stop() {
      isStopped = true;
      await client?.end();
    },
  };
}

function isRetryable(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === DEADLOCK || error.code === SERIALIZATION);
}

/** What the system says of a connection, and of a name that cannot be resolved now: EPIPE, EAI_AGAIN. */
const NETWORK = /^E(AI_)?[A-Z]+$/;

/** Errors that Postgres itself answered pass; what remains means that it could not be asked. */
function explained(error: unknown, address: string): unknown {
  const shuttingDown = ['57P01', '57P02', '57P03', '53300'];
  if (error instanceof pg.DatabaseError) {
    return error.code !== undefined && shuttingDown.includes(error.code)
      ? new StoreUnavailable(address, error)
      : error;
  }
  if (!(error instanceof Error)) return error;
  const isNetwork = 'code' in error && typeof error.code === 'string' && NETWORK.test(error.code);
  const isLost = /Connection terminated|timeout exceeded when trying to connect|not queryable/.test(
    error.message,
  );
  return isNetwork || isLost ? new StoreUnavailable(address, error) : error;
}

/** Host and port of a database, for messages. */
export function addressOf(databaseUrl: string): string {
  const url = URL.parse(databaseUrl);
  return url === null ? 'an address that is not a URL' : `${url.hostname}:${url.port || '5432'}`;
}

// Ids and versions stay far below 2^53; as strings they would compare wrongly, in arrays too.
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format): ((value: string) => unknown) => {
    const type: number = oid;
    if (type === INT8) return Number;
    if (type === INT8_ARRAY) return (text) => text.match(/-?\d+/g)?.map(Number) ?? [];
    return pg.types.getTypeParser(oid, format) as (value: string) => unknown;
  },
};
const INT8 = 20;
const INT8_ARRAY = 1016;
