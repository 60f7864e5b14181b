import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiError, createClient, type ApiEvent, type Client } from '../../client/http.ts';
import type { Ref } from '../../model/definition.ts';
import { createStore, type Store } from '../../store/store.ts';
import { createToken, revokeToken } from '../../store/tokens.ts';
import { startAccord, type AccordProcess } from '../e2e/accord.ts';
import { addressIn } from '../e2e/installation.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { model } from '../support/models.ts';
import { createNamespace, type TestNamespace } from '../support/namespace.ts';
import { waitFor } from '../support/wait-for.ts';
import { MODELS } from './garden.ts';

/** A server as a process of its own, where others could reach it: it wants a token. */
interface Replica {
  readonly process: AccordProcess;
  readonly address: string;
  readonly client: Client;
}

let database: TestDatabase;
let temporal: TestNamespace;
let store: Store;
let admin: string;
let one: Replica;
let other: Replica;
const started: AccordProcess[] = [];

beforeAll(async () => {
  [database, temporal] = await Promise.all([createTestDatabase(), createNamespace()]);
  store = createStore({ databaseUrl: database.url });
  await store.ensureSchema();
  await register('garden', MODELS);
  admin = await newToken('admin');
  [one, other] = await Promise.all([startReplica(), startReplica()]);
});
afterAll(async () => {
  await Promise.all(started.map((process) => process.stop()));
  await store.close();
  await Promise.all([temporal.close(), database.drop()]);
});

async function startReplica(): Promise<Replica> {
  const process = await startAccord(['server'], {
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    ACCORD_BIND: '0.0.0.0:0',
  });
  started.push(process);
  const address = addressIn(await process.said(/server is ready/)).replace('0.0.0.0', '127.0.0.1');
  return { process, address, client: createClient({ server: address, token: admin }) };
}

async function register(synchronizer: string, models: typeof MODELS): Promise<void> {
  await store.register({
    synchronizer,
    models: models.map((definition) => ({
      definition,
      hasStep: definition.name === 'Rose',
      hasPolicy: false,
    })),
  });
}

const newToken = async (name: string): Promise<string> =>
  (await createToken(store.database, { name, scopes: ['admin'], lastsMs: 3_600_000 })).text;

const codeOf = (answer: Promise<unknown>): Promise<string> =>
  answer.then(
    () => 'ok',
    (error: unknown) => (error instanceof ApiError ? error.code : String(error)),
  );

/** What a stream tells, as long as it is listened to. */
function listen({ client }: Replica, cursor: string): { readonly heard: ApiEvent[]; stop(): Promise<void> } {
  const over = new AbortController();
  const heard: ApiEvent[] = [];
  const following = (async () => {
    for await (const event of client.follow({ cursor, signal: over.signal })) heard.push(event);
  })();
  return {
    heard,
    async stop() {
      over.abort();
      await following;
    },
  };
}

const refOf = (object: { readonly leaf_model_name: string; readonly id: number }): Ref => ({
  model: object.leaf_model_name,
  id: object.id,
});

describe('two servers over one Postgres', () => {
  test('see at once what the other has written, tell it to their listeners, and know why', async () => {
    const { cursor } = await other.client.lastEvents(1);
    const listener = listen(other, cursor);
    const bed = await one.client.create('Bed', { name: 'shared' });
    expect(await other.client.get(refOf(bed))).toEqual(bed);
    const rose = await one.client.create('Rose', { name: 'shared', bed_id: bed.id });
    expect((await other.client.why(refOf(rose))).chain).toMatchObject([
      { object: `Rose/${rose.id}`, state: 'Waiting' },
    ]);
    await one.client.pause(refOf(rose), { reason: 'a frost' });
    expect((await other.client.why(refOf(rose))).chain).toMatchObject([{ state: 'Paused' }]);
    expect(await other.client.resume(refOf(rose))).toBe(true);
    await waitFor(
      'the listener to hear of both',
      () =>
        [`Bed/${bed.id}`, `Rose/${rose.id}`].every((name) =>
          listener.heard.some(({ kind, object }) => kind === 'created' && object === name),
        )
          ? true
          : undefined,
      () => listener.heard,
    );
    await listener.stop();
  });

  test('let one of two writes win', async () => {
    const bed = await one.client.create('Bed', { name: 'contested' });
    await one.client.update(refOf(bed), { area: 2 }, { version: bed.version });
    expect(await codeOf(other.client.update(refOf(bed), { area: 3 }, { version: bed.version }))).toBe(
      'E_STALE',
    );
    for (let round = 0; round < 10; round += 1) {
      const codes = await Promise.all(
        [one, other].map(({ client }) =>
          codeOf(client.create('Rose', { name: `same ${round}`, bed_id: bed.id })),
        ),
      );
      expect(codes.toSorted()).toEqual(['E_CONFLICT', 'ok']);
    }
  });

  test('know a model from when it was registered on', async () => {
    await register('orchard', [model('Tree')]);
    for (const { client } of [one, other]) {
      const { id } = await client.create('Tree', { name: 'apple' });
      expect(await other.client.get({ model: 'Tree', id })).toMatchObject({ name: 'apple' });
    }
  });

  test('take a token, and take it no more, at once', async () => {
    const token = await newToken('brief');
    const clients = [one, other].map(({ address }) => createClient({ server: address, token }));
    const ask = () => Promise.all(clients.map((client) => codeOf(client.models())));
    expect(await ask()).toEqual(['ok', 'ok']);
    await revokeToken(store.database, 'brief');
    expect(await ask()).toEqual(['E_TOKEN', 'E_TOKEN']);
  });

  test('each count by themselves who was turned away too often', async () => {
    const guess = ({ address }: Replica) =>
      codeOf(createClient({ server: address, token: 'guess' }).models());
    const codes = new Set<string>();
    for (let at = 0; at < 25; at += 1) codes.add(await guess(one));
    expect([...codes]).toEqual(['E_TOKEN', 'E_RATE']);
    expect(await guess(other)).toBe('E_TOKEN');
    expect(await codeOf(one.client.models())).toBe('ok');
  });

  test('go on when one of them is killed: the stream where it was, and what is still to be told', async () => {
    const doomed = await startReplica();
    const { cursor } = await doomed.client.lastEvents(1);
    const listener = listen(doomed, cursor);
    const bed = await doomed.client.create('Bed', { name: 'for all' });
    const roses: number[] = [];
    const plant = async ({ client }: Replica): Promise<void> => {
      roses.push((await client.create('Rose', { name: `heir ${roses.length}`, bed_id: bed.id })).id);
    };
    for (let at = 0; at < 10; at += 1) await plant(at % 2 === 0 ? doomed : other);
    await waitFor('the listener to have heard something', () =>
      listener.heard.length > 3 ? true : undefined,
    );
    await doomed.process.kill();
    await listener.stop();
    for (let at = 0; at < 10; at += 1) await plant(other);

    // A browser comes back to another server, with the place where it was.
    const rest = listen(other, listener.heard.at(-1)?.cursor ?? cursor);
    const planted = (): string[] =>
      [...listener.heard, ...rest.heard]
        .filter(({ kind, object }) => kind === 'created' && object?.startsWith('Rose/'))
        .map(({ object }) => object ?? '');
    await waitFor(
      'all roses to be heard of',
      () => (planted().length >= roses.length ? true : undefined),
      () => [planted(), roses],
    );
    expect(planted()).toEqual(roses.map((id) => `Rose/${id}`));
    await rest.stop();

    await waitFor(
      'everything to be told to Temporal',
      async () => {
        const rows = await store.database.query(`select 1 from outbox where kind = 'object'`);
        return rows.length === 0 ? true : undefined;
      },
      () => store.database.query('select kind, object_id, due, claimed_until from outbox'),
      60_000,
    );
    expect(
      (await temporal.client.workflow.getHandle(`Rose/${roses.at(-1) ?? 0}`).describe()).status.name,
    ).toBe('RUNNING');
  });
});
