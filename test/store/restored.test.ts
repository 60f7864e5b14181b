import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import type { Ref } from '../../model/definition.ts';
import { beginAttempt } from '../../store/attempts.ts';
import type { Queryable } from '../../store/database.ts';
import { readEventsAfter } from '../../store/events.ts';
import { admission } from '../../store/restored.ts';
import { createStore } from '../../store/store.ts';
import { field, model } from '../support/models.ts';
import { createTestStore, type TestStore } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

const ME = { name: 'me', depth: 0 };

let store: TestStore;
beforeEach(async () => {
  store = await createTestStore([model('Node', { fields: [field('name', { maxLength: 50 })] })]);
});
afterEach(() => store.drop());

const create = (name: string): Promise<Ref> => store.write(ME, (tx) => tx.create('Node', { name }));

test('a copy in the same cluster shows nothing, and is repaired all the same', async () => {
  const { id } = await create('n');
  await store.close();
  const copy = new URL(store.url);
  copy.pathname = `${copy.pathname}_copy`;
  const [from, to] = [store.url, copy.href].map((url) => new URL(url).pathname.slice(1));
  const admin = new pg.Client({ connectionString: inject('databaseUrl') });
  await admin.connect();
  const copied = createStore({ databaseUrl: copy.href });
  try {
    await admin.query(`create database ${to} template ${from}`);
    await copied.ensureSchema();
    expect(await copied.repair()).toBe(1);
    const next = await copied.write(ME, (tx) => tx.create('Node', { name: 'next' }));
    expect(next.id).toBeGreaterThan(id + 1_000_000);
  } finally {
    await copied.close();
    await admin.query(`drop database if exists ${to} with (force)`);
    await admin.end();
    // What the hook closes.
    store = await createTestStore([]);
  }
});

test('a repair takes nothing from an attempt that runs', async () => {
  const { id } = await create('n');
  const { database } = store;
  const begin = async (): Promise<{ token: number; answer: string | undefined }> => {
    const [handed] = await database.query<{ token: number }>("select nextval('fence_tokens') as token");
    const token = handed?.token ?? 0;
    const fence = { id, token, attempt: 1 };
    return { token, answer: (await beginAttempt(database, fence, { leaseMs: 60_000, worker: 'w' })).answer };
  };
  const { token, answer } = await begin();
  expect(answer).toBe('begun');
  await store.repair();
  expect((await begin()).answer).toBe('leased');
  // What it was about is the past.
  await database.query("select record_synced($1, $2, 1, 1, '{}', '{}', null)", [id, token]);
  expect(await store.get({ model: 'Node', id })).toMatchObject({ enacted: 1, generation: 1_000_001 });
});

test('a repair keeps the times at which pauses end', async () => {
  const { id } = await create('n');
  const until = new Date(Date.now() + 60_000);
  await store.pause(ME, { scope: 'object', name: String(id) }, { reason: 'later', until });
  await store.repair();
  expect(await store.database.query("select subject, due from outbox where kind = 'release'")).toEqual([
    { subject: `object:${id}`, due: until },
  ]);
});

test('after a repair the events of a cluster that had counted further are seen, before those that follow', async () => {
  await create('n');
  await store.database.query(
    'update events set xid = (pg_current_xact_id()::text::bigint + 1000000)::text::xid8',
  );
  expect(await readEventsAfter(store.database, { xid: '0', id: 0 }, 100)).toEqual([]);
  await store.repair();
  // Seen as soon as no older transaction runs, of other databases of the cluster neither.
  const seen = await waitFor('the repair among the events', async () => {
    const events = await readEventsAfter(store.database, { xid: '0', id: 0 }, 100);
    return events.at(-1)?.kind === 'repaired' ? events : undefined;
  });
  expect(seen).toHaveLength((await store.database.query('select 1 as one from events')).length);
});

test('a repair is believed by who has refused, though the clock of the database that came in its place is behind', async () => {
  /** A Postgres that answers who it is, as cannot be provoked: with a clock of its own. */
  const postgres = (written: number, hour: number, repairedAt: string | null): Queryable => ({
    async query<Row>(text: string) {
      const who = { system: '1', timeline: 1, at: new Date(Date.UTC(2026, 0, 1, hour)), isInstalled: true };
      const row = { system: '1', timeline: 1, repaired_at: repairedAt };
      return [text.includes('installation i') ? { row } : { ...who, written: String(written) }] as Row[];
    },
  });
  const admit = admission('db:5432');
  await admit(postgres(1_000, 12, null));
  await expect(admit(postgres(500, 7, null))).rejects.toThrow('was restored from a backup');
  await admit(postgres(600, 8, '2026-01-01T08:00:00Z'));
  // And it is the one to go on with: what is further back is not.
  await expect(admit(postgres(550, 9, '2026-01-01T08:00:00Z'))).rejects.toThrow('was restored from a backup');
});
