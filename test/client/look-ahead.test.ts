import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Attempt } from '../../activities/index.ts';
import { lookAhead } from '../../client/look-ahead.ts';
import type { Told } from '../../client/signal.ts';
import type { Ref } from '../../model/definition.ts';
import { storeDependencies } from '../../store/evaluation.ts';
import { prepare } from '../../store/prepare.ts';
import { claimOutbox, forgetRows, nextDue, setAside, type Claim } from '../../store/outbox.ts';
import { link, model } from '../support/models.ts';
import { createTestStore, type TestStore } from '../support/store.ts';

const NO_READS = { fields: [], searches: [] };
const log = pino({ level: 'silent' });

let store: TestStore;
beforeAll(async () => {
  store = await createTestStore([model('Rock', { links: [link('on', 'Rock')] })]);
});
afterAll(() => store.drop());
beforeEach(async () => {
  await store.database.query('delete from waits');
  await store.database.query('delete from outbox');
});

const create = (on: Ref | null = null): Promise<Ref> =>
  store.write({ name: 'a test' }, (tx) => tx.create('Rock', { name: 'r', on }));
const update = (ref: Ref): Promise<void> =>
  store.write({ name: 'a test' }, (tx) => tx.update(ref, { name: String(Math.random()) }));
const set = (ref: Ref, what: string): Promise<unknown> =>
  store.database.query(`update objects set ${what} where id = $1`, [ref.id]);
/** What recording a success does. */
const synced = async (ref: Ref): Promise<void> => {
  await set(ref, "enacted = generation, outcome = 'synced'");
  await store.database.query('select release_waiters($1)', [ref.id]);
};
const timePasses = (): Promise<unknown> => store.database.query('update outbox set due = now()');
/** Claim all, and look: the claims that are to be told. The rest is moot, or set aside. */
const toTell = async (): Promise<readonly Told[]> => {
  const claims = await claimOutbox(store.database, 100);
  return lookAhead(
    store,
    claims.filter(({ isMoot }) => !isMoot),
    log,
  );
};
/** One that stands on another, both made and then deleted: `below` waits until `above` is gone. */
const removed = async (): Promise<{ below: Ref; above: Ref }> => {
  const below = await create();
  const above = await create(below);
  for (const ref of [below, above]) {
    await synced(ref);
    await set(ref, 'backend_need_delete = true');
  }
  // Its attempt has said that it uses it.
  await store.database.query('insert into held (src, dst) values ($1, $2)', [above.id, below.id]);
  await store.database.query('delete from outbox');
  await store.write({ name: 'a test' }, (tx) => tx.remove(below, { cascade: true }));
  return { below, above };
};
const ids = (claims: readonly Claim[]): number[] => claims.map(({ id }) => id);
const waits = (): Promise<object[]> =>
  store.database.query('select waiter, waited from waits order by waiter');
const finds = (ref: Ref): Promise<object[]> =>
  store.database.query("select 1 from events where kind = 'found by the sweep' and object_id = $1", [ref.id]);

describe('what could only wait', () => {
  test('is set aside, as one row, and is brought forward when it can begin', async () => {
    const below = await create();
    const above = await create(below);
    await update(above);
    expect(ids(await toTell())).toEqual([below.id]);
    expect(await waits()).toEqual([{ waiter: above.id, waited: below.id }]);
    expect(await store.database.query('select 1 from outbox where object_id = $1', [above.id])).toHaveLength(
      1,
    );
    expect(ids(await toTell())).toEqual([]);
    expect(await nextDue(store.database)).toBeGreaterThan(0);

    await synced(below);
    const told = await toTell();
    // Not only that the other is there: a run that is in backoff must hear of the newer goal.
    expect(told).toMatchObject([{ ...above, hasChanged: true, cause: below }]);
    await forgetRows(store.database, told[0]?.rows ?? []);
    expect(await store.database.query('select 1 from outbox where object_id = $1', [above.id])).toEqual([]);
  });

  test.each([
    ['what a person wrote', {}, 2],
    ['what came in bulk', { isBulk: true }, 4],
  ])('is as urgent when it is let go as it was: %s', async (_, writer, priority) => {
    const below = await create();
    const above = await store.write({ name: 'a test', ...writer }, (tx) =>
      tx.create('Rock', { name: 'r', on: below }),
    );
    await toTell();
    await synced(below);
    const [claim] = (await claimOutbox(store.database, 100)).filter(({ id }) => id === above.id);
    expect(claim).toMatchObject({ hasChanged: true, isMoot: false, priority });
  });

  test('stays set aside while it waits for others, too', async () => {
    const [one, two] = [await create(), await create()];
    const above = await create(one);
    await toTell();
    await store.database.query("insert into waits (waiter, waited, kind) values ($1, $2, 'creation')", [
      above.id,
      two.id,
    ]);
    // Not told by this one, since it is not the last; and told by something else it is in vain.
    await synced(one);
    expect((await claimOutbox(store.database, 100)).map(({ id }) => id)).not.toContain(above.id);
    await store.database.query("insert into outbox (object_id, reason) values ($1, 'dependency')", [
      above.id,
    ]);
    const [claim] = (await claimOutbox(store.database, 100)).filter(({ id }) => id === above.id);
    expect(claim).toMatchObject({ isMoot: true });
    await forgetRows(store.database, claim?.rows ?? []);
    expect(
      await store.database.query('select looks, claimed_until from outbox where object_id = $1', [above.id]),
    ).toEqual([{ looks: 1, claimed_until: null }]);
  });

  test('is told after some minutes, so that its workflow shows it waiting', async () => {
    const below = await create();
    const above = await create(below);
    const dues: (number | null)[] = [];
    for (let look = 1; look <= 4; look += 1) {
      expect(ids(await toTell())).not.toContain(above.id);
      await store.database.query('delete from outbox where object_id = $1', [below.id]);
      dues.push(Math.round(((await nextDue(store.database)) ?? 0) / 1_000));
      await timePasses();
    }
    expect(dues).toEqual([2, 8, 32, 128]);
    expect(ids(await toTell())).toEqual([above.id]);
    expect(await finds(above)).toEqual([]);
  });

  test.each([
    ['is put off', "next_attempt_at = now() + interval '1 hour'"],
    ['is stalled', "outcome = 'stalled', outcome_generation = generation"],
  ])('is told at its second look when what it waits for %s', async (_, state) => {
    const below = await create();
    const above = await create(below);
    await toTell();
    await set(below, state);
    await timePasses();
    expect(ids(await toTell())).toContain(above.id);
  });

  test('is told at its third look when what it waits for is still at work', async () => {
    const below = await create();
    const above = await create(below);
    await toTell();
    await set(below, "lease_until = now() + interval '1 minute'");
    await timePasses();
    expect(ids(await toTell())).not.toContain(above.id);
    await timePasses();
    expect(ids(await toTell())).toContain(above.id);
  });
});

describe('what is due', () => {
  const terms = { activity: 'syncRecord', startToCloseMs: 60_000, heartbeatMs: 30_000 };
  beforeAll(() =>
    store.database.query(
      `update models set traits = jsonb_build_object('terms', $1::jsonb), revision = revision + 1`,
      [JSON.stringify(terms)],
    ),
  );

  test('is handed on, as its worker has registered it', async () => {
    const rock = await create();
    const [told] = await toTell();
    expect(told).toMatchObject({ ...rock, first: { kind: 'sync', generation: 1, ...terms } });
    expect((told?.first as Attempt).token).toBeGreaterThan(0);
  });

  test('is handed on to its policy before all that it waits for', async () => {
    const above = await create(await create());
    await set(above, 'has_policy = true');
    const told = (await toTell()).find(({ id }) => id === above.id);
    expect(told?.first).toMatchObject({ kind: 'police', activity: 'runPolicies', heartbeatMs: 30_000 });
    expect(await waits()).toEqual([]);
  });

  test('is to be asked of its author, who says what it depends on', async () => {
    await store.database.query(`update models set traits = traits || '{"dependsOn": true}'`);
    onTestFinished(async () => {
      await store.database.query("update models set traits = traits - 'dependsOn'");
    });
    const above = await create(await create());
    const told = (await toTell()).find(({ id }) => id === above.id);
    expect(told?.first).toEqual({ kind: 'evaluate' });
    expect(await waits()).toEqual([]);

    // Answered with its next goal, it waits like any other.
    await update(above);
    await storeDependencies(store.database, above.id, 2, [], NO_READS);
    expect(ids(await toTell())).not.toContain(above.id);
    expect(await waits()).toMatchObject([{ waiter: above.id }]);
  });

  test('is handed on to what was set aside', async () => {
    const below = await create();
    const above = await create(below);
    await toTell();
    await synced(below);
    expect(await toTell()).toMatchObject([{ ...above, first: { kind: 'sync', generation: 1 } }]);
  });

  test('is handed on to what was set aside until what used it had been deleted', async () => {
    const { below, above } = await removed();
    const asWhole = { startToCloseMs: 60_000, heartbeatMs: 30_000, activity: 'deleteRecord', kind: 'delete' };
    const [told, ...others] = await toTell();
    expect(others).toEqual([]);
    expect(told).toMatchObject(above);
    const { token } = told?.first as Attempt;
    expect(told?.first).toEqual({ ...asWhole, generation: told?.generation, token });
    expect(await waits()).toEqual([{ waiter: below.id, waited: above.id }]);

    await store.database.query('select confirm_deleted($1)', [above.id]);
    expect(await toTell()).toMatchObject([{ ...below, first: asWhole }]);
  });

  test('is nothing that is handed on where a run may be there that must look itself', async () => {
    const rock = await create();
    await set(rock, "failures = 1, outcome = 'failed'");
    const [told] = await toTell();
    expect(told).toMatchObject(rock);
    expect(told?.first).toBeUndefined();
  });
});

describe('looking ahead is left alone', () => {
  test.each([
    ['an attempt is under way', "lease_until = now() + interval '1 minute'"],
    ['an attempt is put off', "next_attempt_at = now() + interval '1 minute'"],
    ['the last attempt failed, and a run may be in backoff', "failures = 1, outcome = 'failed'"],
    ['the last attempt was deferred', "outcome = 'deferred'"],
  ])('where %s', async (_, state) => {
    const above = await create(await create());
    await set(above, state);
    expect(ids(await toTell())).toContain(above.id);
    expect(await waits()).toEqual([]);
  });

  test('where an attempt is under way on what is to be deleted: it is to stop', async () => {
    const { below } = await removed();
    await set(below, "lease_until = now() + interval '1 minute'");
    expect((await toTell()).find(({ id }) => id === below.id)).toMatchObject({ stop: true, isIdle: false });
  });
});

describe('what is let go between the look and its setting aside is told', () => {
  /** As far as a relay has come that has looked. */
  const looked = async (): Promise<{ below: Ref; above: Ref; rows: readonly number[] }> => {
    const below = await create();
    const above = await create(below);
    const claims = await claimOutbox(store.database, 100);
    expect(await prepare(store.database, above.id)).toMatchObject({ decision: 'wait' });
    return { below, above, rows: claims.find(({ id }) => id === above.id)?.rows ?? [] };
  };

  test('when the relay goes on', async () => {
    const { below, above, rows } = await looked();
    await synced(below);
    await setAside(store.database, rows);
    expect(await toTell()).toMatchObject([{ ...above, cause: below }]);
  });

  test('when the relay dies there, whose claim has not lapsed yet', async () => {
    const { below, above } = await looked();
    await synced(below);
    expect(await toTell()).toMatchObject([{ ...above, cause: below }]);
  });

  test('when another relay has told it since, whose signal stays the last word', async () => {
    const { below, above, rows } = await looked();
    await synced(below);
    await store.database.query('update outbox set claimed_until = null');
    const [told] = (await toTell()).filter(({ id }) => id === above.id);
    await forgetRows(store.database, told?.rows ?? []);
    // The one that was frozen meanwhile goes on, and once more.
    await setAside(store.database, rows);
    await setAside(store.database, rows);
    expect(await store.database.query('select 1 from outbox where object_id = $1', [above.id])).toEqual([]);
  });
});

test('what was not told that it waits no longer is a find, and is told', async () => {
  const below = await create();
  const above = await create(below);
  await toTell();
  // Whoever synchronized it forgot those that wait.
  await set(below, 'enacted = generation');
  await timePasses();
  expect(ids(await toTell())).toContain(above.id);
  expect(await finds(above)).toHaveLength(1);
});

test('what waits for some of many is no find when the first of them are others now', async () => {
  const below = await create();
  const users = await Promise.all(Array.from({ length: 11 }, () => create()));
  for (const ref of [below, ...users]) {
    await synced(ref);
    await set(ref, 'backend_need_delete = true');
  }
  const first = users.toSorted((a, b) => a.id - b.id)[0] as Ref;
  const use = (ref: Ref): Promise<unknown> =>
    store.database.query('insert into held (src, dst) values ($1, $2)', [ref.id, below.id]);
  for (const ref of users) if (ref !== first) await use(ref);
  await store.database.query('delete from outbox');
  await store.write({ name: 'a test' }, (tx) => tx.remove(below));
  await toTell();
  expect(await waits()).toHaveLength(10);
  await use(first);
  await timePasses();
  await toTell();
  expect(await finds(below)).toEqual([]);
});

test('all are told when the database goes away between the claim and the look', async () => {
  const below = await create();
  const above = await create(below);
  const claims = await claimOutbox(store.database, 100);
  const gone = (): Promise<never> => Promise.reject(new Error('gone'));
  const database = { ...store.database, query: gone, repeat: gone };
  expect(await lookAhead({ ...store, database }, claims, log)).toEqual(claims);
  expect(ids(claims)).toEqual([below.id, above.id]);
});
