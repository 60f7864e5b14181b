import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Ref } from '../../model/definition.ts';
import { claimOutbox, forgetRows, nextDue, putOffRows, type Claim } from '../../store/outbox.ts';
import { link, model } from '../support/models.ts';
import { createTestStore, type TestStore } from '../support/store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await createTestStore([model('Rock', { links: [link('on', 'Rock')] })]);
});
afterAll(() => store.drop());
beforeEach(async () => {
  await store.database.query('delete from waits');
  await store.database.query('delete from outbox');
});

const create = (writer: { readonly isBulk?: boolean } = {}): Promise<Ref> =>
  store.write({ name: 'a test', ...writer }, (tx) => tx.create('Rock', { name: 'r' }));
const update = (ref: Ref): Promise<void> =>
  store.write({ name: 'a test' }, (tx) => tx.update(ref, { name: String(Math.random()) }));
const claim = (most = 100): Promise<Claim[]> => claimOutbox(store.database, most);
const set = (ref: Ref, what: string): Promise<unknown> =>
  store.database.query(`update objects set ${what} where id = $1`, [ref.id]);
/** As a registration does: what is under way is told to stop. */
const disable = async (...underWay: readonly Ref[]): Promise<void> => {
  await store.database.query('update synchronizers set disabled = true');
  for (const { id } of underWay) await store.database.query("select tell($1, 'changed', 1::smallint)", [id]);
};
/** What is synchronized tells who waits. */
const tellOf = (waiter: Ref, dependency: Ref): Promise<unknown> =>
  store.database.query("insert into outbox (object_id, reason, cause) values ($1, 'dependency', $2)", [
    waiter.id,
    dependency.id,
  ]);

describe('an object is taken to be idle', () => {
  const isIdle = async (of: Ref): Promise<boolean | undefined> =>
    (await claim()).find(({ id }) => id === of.id)?.isIdle;

  test('when it is new, or has been synchronized', async () => {
    const rock = await create();
    expect(await isIdle(rock)).toBe(true);
    await set(rock, "enacted = generation, outcome = 'synced'");
    await store.database.query('delete from outbox');
    await update(rock);
    expect(await isIdle(rock)).toBe(true);
  });

  test.each([
    ['an attempt is under way', "lease_until = now() + interval '1 minute'"],
    ['an attempt is put off', "next_attempt_at = now() + interval '1 minute'"],
    ['the last attempt failed', "failures = 1, outcome = 'failed'"],
    ['the last attempt was deferred', "outcome = 'deferred'"],
  ])('not when %s', async (_, state) => {
    const rock = await create();
    await set(rock, state);
    expect(await isIdle(rock)).toBe(false);
  });

  test('not when it waits, but when what it was set aside for is over', async () => {
    const rock = await create();
    await store.database.query("insert into waits (waiter, waited, kind) values ($1, $2, 'creation')", [
      rock.id,
      (await create()).id,
    ]);
    expect(await isIdle(rock)).toBe(false);
    await store.database.query(
      "update outbox set claimed_until = null, looks = 1, due = now() + interval '1 minute' where object_id = $1",
      [rock.id],
    );
    await store.database.query('delete from waits');
    await tellOf(rock, rock);
    expect(await isIdle(rock)).toBe(true);
  });
});

describe('a claim', () => {
  test('takes all that is said of an object, due or not, as one', async () => {
    const rock = await create();
    await update(rock);
    await tellOf(rock, rock);
    await store.database.query(
      "update outbox set due = now() + interval '1 hour' where reason = 'dependency'",
    );
    const claims = await claim();
    expect(claims).toMatchObject([{ ...rock, generation: 2, version: 2, hasChanged: true, stop: false }]);
    expect(claims[0]?.rows).toHaveLength(3);
    await forgetRows(store.database, claims[0]?.rows ?? []);
    expect(await nextDue(store.database)).toBeNull();
  });

  test('takes what a person waits for before what came in bulk', async () => {
    const bulk = [await create({ isBulk: true }), await create({ isBulk: true })];
    const urgent = await create();
    expect((await claim(1)).map(({ id }) => id)).toEqual([urgent.id]);
    expect((await claim(2)).map(({ id }) => id)).toEqual(bulk.map(({ id }) => id));
  });

  test('takes of each synchronizer, in turns, however much another has to do', async () => {
    await store.register({
      synchronizer: 'other',
      models: [{ definition: model('Sand'), hasStep: true, hasPolicy: false }],
    });
    const bulk = { name: 'a test', isBulk: true };
    const many = await store.write(bulk, async (tx) => {
      const refs: Ref[] = [];
      for (let index = 0; index < 20; index += 1) refs.push(await tx.create('Rock', { name: `r ${index}` }));
      return refs;
    });
    const few = await store.write(bulk, async (tx) => [
      await tx.create('Sand', { name: 'one' }),
      await tx.create('Sand', { name: 'two' }),
    ]);
    const urgent = await create();
    const ids = (await claim(6)).map(({ id }) => id);
    expect(ids).toEqual([urgent, many[0], few[0], many[1], few[1]].map((ref) => ref?.id));
  });

  test('is not larger for there being more synchronizers', async () => {
    await store.register({
      synchronizer: 'other',
      models: [{ definition: model('Sand'), hasStep: true, hasPolicy: false }],
    });
    await store.write({ name: 'a test' }, async (tx) => {
      for (const name of ['one', 'two', 'three'])
        for (const its of ['Rock', 'Sand']) await tx.create(its, { name });
    });
    expect((await claim(4)).map((one) => one.model).toSorted()).toEqual(['Rock', 'Rock', 'Sand', 'Sand']);
    // Each has its turn, however small that is.
    expect((await claim(1)).map((one) => one.model).toSorted()).toEqual(['Rock', 'Sand']);
  });

  test('is nobody else’s, until it lapses', async () => {
    const rock = await create();
    expect(await claim()).toHaveLength(1);
    expect(await claim()).toEqual([]);
    expect(await nextDue(store.database)).toBeGreaterThan(0);
    await store.database.query("update outbox set claimed_until = now() - interval '1 second'");
    expect(await claim()).toMatchObject([rock]);
  });

  test('does not wait for another that is claiming the same object just now', async () => {
    const rock = await create();
    await update(rock);
    const rows = await store.database.query<{ id: number }>('select id from outbox order by id');
    await store.database.transaction(async (tx) => {
      await tx.query('select from outbox where id = $1 for update', [rows[0]?.id]);
      expect(await claim()).toMatchObject([{ ...rock, rows: [rows[1]?.id] }]);
    });
  });

  test('that could not be signalled is put off by itself', async () => {
    const [one, two] = [await create(), await create()];
    const [first] = await claim(1);
    await putOffRows(store.database, first?.rows ?? [], 60_000);
    expect(await claim()).toMatchObject([two]);
    expect(await nextDue(store.database)).toBeGreaterThan(10_000);
    await store.database.query('update outbox set due = now(), claimed_until = null');
    expect(await claim()).toMatchObject([
      { ...one, tries: 1 },
      { ...two, tries: 0 },
    ]);
  });

  test('tells what runs to stop, when its object is to be deleted or is held', async () => {
    const [held, deleted] = [await create(), await create()];
    await store.pause({ name: 'a test' }, { scope: 'object', name: String(held.id) }, { reason: '' });
    await store.write({ name: 'a test' }, (tx) => tx.remove(deleted));
    expect(await claim()).toMatchObject([
      { ...held, stop: true },
      { ...deleted, stop: true },
    ]);
  });

  test('passes by what is disabled, unless something of it is under way', async () => {
    const [quiet, leased, inBackoff] = [await create(), await create(), await create()];
    await set(leased, "lease_until = now() + interval '1 minute'");
    await set(inBackoff, "next_attempt_at = now() + interval '1 minute'");
    await disable(leased, inBackoff);
    expect((await claim()).map(({ id }) => id)).toEqual([leased.id, inBackoff.id]);
    await store.database.query('update synchronizers set disabled = false');
    expect((await claim()).map(({ id }) => id)).toEqual([quiet.id]);
  });

  test('that passes by all that there is lets its relay rest', async () => {
    const quiet = await create();
    await disable();
    expect(await claim()).toEqual([]);
    expect(await nextDue(store.database)).toBeNull();
    await set(quiet, "lease_until = now() + interval '1 minute'");
    await disable(quiet);
    expect(await nextDue(store.database)).toBeLessThanOrEqual(0);
    await set(quiet, 'lease_until = null');
    await store.database.query('update synchronizers set disabled = false');
    expect(await nextDue(store.database)).toBeLessThanOrEqual(0);
  });
});

describe('a row is not worth a signal', () => {
  const isMoot = async (): Promise<boolean[]> => (await claim()).map((one) => one.isMoot);

  test('when its object has nothing to be done, unless an attempt is under way', async () => {
    const [clean, dirty, leased] = [await create(), await create(), await create()];
    await set(clean, 'enacted = generation');
    await set(leased, "enacted = generation, lease_until = now() + interval '1 minute'");
    expect((await claim()).map(({ id, isMoot: moot }) => [id, moot])).toEqual([
      [clean.id, true],
      [dirty.id, false],
      [leased.id, false],
    ]);
  });

  test('when its object is gone', async () => {
    await store.database.query("insert into outbox (object_id, reason) values (1000000000000, 'changed')");
    expect(await isMoot()).toEqual([true]);
  });

  test('when it is of a dependency, while others will say the same later', async () => {
    const [below, other, above] = [await create(), await create(), await create()];
    await store.database.query('delete from outbox');
    await tellOf(above, below);
    await store.database.query("insert into waits (waiter, waited, kind) values ($1, $2, 'creation')", [
      above.id,
      other.id,
    ]);
    expect(await isMoot()).toEqual([true]);
    await store.database.query('update outbox set claimed_until = null');
    await store.database.query('delete from waits');
    expect(await isMoot()).toEqual([false]);
  });

  test('but it is when its object has changed, whoever it waits for', async () => {
    const [below, above] = [await create(), await create()];
    await store.database.query('delete from outbox');
    await update(above);
    await store.database.query("insert into waits (waiter, waited, kind) values ($1, $2, 'creation')", [
      above.id,
      below.id,
    ]);
    expect(await isMoot()).toEqual([false]);
  });
});
