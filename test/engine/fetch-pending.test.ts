import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SelectContext } from '../../define/index.ts';
import { defineModel } from '../../define/model.ts';
import type { AnyStep } from '../../define/synchronizer.ts';
import type { Ref } from '../../model/definition.ts';
import { readSynchronizers } from '../../store/synchronizers.ts';
import { createBackend, type Backend } from '../support/backend.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { field, link, model } from '../support/models.ts';
import { waitFor } from '../support/wait-for.ts';

const fields = [
  field('name', { maxLength: 50 }),
  field('backend_handle', { state: 'feedback', nullable: true }),
];
const MODELS = [
  model('PBase', { fields }),
  model('PChosen', { fields, links: [link('base', 'PBase')] }),
  model('PPolled', { fields }),
];
const Chosen = defineModel<'PChosen', { name: string }>('PChosen');

/** What `fetchPending` of PChosen, and of PPolled, answers. */
let choose: (deleted: boolean, context: SelectContext) => Promise<readonly Ref[]> | readonly Ref[];
let polled: readonly Ref[];
let asked: boolean[];

const all = (_deleted: boolean, { pending }: SelectContext): Promise<readonly Ref[]> => pending(Chosen);

let backend: Backend;
let engine: Engine;

beforeAll(async () => {
  backend = createBackend();
  engine = await startEngine(MODELS, {
    PBase: backend.step('PBase'),
    PChosen: backend.step('PChosen', {
      pollEveryMs: 60_000,
      fetchPending: (deleted: boolean, context: SelectContext) => {
        asked.push(deleted);
        return choose(deleted, context);
      },
    } as Partial<AnyStep>),
    PPolled: backend.step('PPolled', {
      pollEveryMs: 200,
      fetchPending: (deleted: boolean) => (deleted ? [] : polled),
    } as Partial<AnyStep>),
  });
});
afterAll(() => engine.stop());
beforeEach(() => {
  backend.reset();
  asked = [];
  choose = all;
  polled = [];
});

const faultShown = async (): Promise<string | null> => {
  const [row] = await engine.store.database.query<{ fault: string | null }>(
    'select s.fault from synchronizers s where s.name = $1',
    [engine.synchronizer],
  );
  return row?.fault ?? null;
};

describe('a step that chooses what is due', { timeout: 120_000 }, () => {
  test('is asked after a change, for the living and for the deleted', async () => {
    const object = await engine.create('PChosen', { name: 'a' });
    await engine.untilState(object, 'Synced');
    expect(asked.slice(0, 2)).toEqual([false, true]);
    await engine.remove(object);
    await engine.untilGone(object);
    expect(backend.log(object)).toEqual(['sync a', 'delete a']);
  });

  test('leaves waiting what it does not choose, and says so', async () => {
    choose = async (deleted, context) =>
      (await context.pending(Chosen)).filter(({ name }) => deleted || name !== 'later');
    const later = await engine.create('PChosen', { name: 'later' });
    const now = await engine.create('PChosen', { name: 'now' });
    await engine.untilState(now, 'Synced');
    await waitFor('it to be asked', () => asked.length >= 2 || undefined);
    expect(await engine.get(later)).toMatchObject({
      state: 'Waiting',
      backend_code: 0,
      backend_status: 'not selected',
    });
    await engine.update(later, { name: 'ready' });
    await engine.untilState(later, 'Synced');
    expect(backend.log(later)).toEqual(['sync ready']);
  });

  test('leaves alone what it does not choose to delete, but what was never begun goes', async () => {
    const made = await engine.create('PChosen', { name: 'made' });
    await engine.untilState(made, 'Synced');
    choose = () => [];
    const unmade = await engine.create('PChosen', { name: 'unmade' });
    await engine.remove(unmade);
    await engine.untilGone(unmade);
    await engine.remove(made);
    await engine.until(made, ({ backend_status }) => backend_status === 'not selected', 'to be held');
    expect(await engine.get(made)).toMatchObject({ state: 'Deleting' });
    choose = all;
    await engine.store.database.query("select tell_errand('select', name) from pollers");
    await engine.untilGone(made);
    expect(backend.log(made)).toEqual(['sync made', 'delete made']);
  });

  test('chooses, and dependencies hold all the same', async () => {
    backend.fail((_, { name }) => (name === 'bad' ? new Error('no') : undefined));
    const base = await engine.create('PBase', { name: 'bad' });
    const object = await engine.create('PChosen', { name: 'a', base });
    await engine.until(object, ({ root }) => root?.id === base.id, 'to wait for its base');
    expect(backend.attempts(object)).toBe(0);
    backend.fail(() => undefined);
    await engine.update(base, { name: 'good' });
    await engine.untilState(object, 'Synced');
  });

  test('has a clean object that it chooses synchronized again', async () => {
    const object = await engine.create('PPolled', { name: 'a' });
    polled = [object];
    await engine.untilState(object, 'Synced');
    await waitFor('the next polls', () => backend.attempts(object) >= 3 || undefined);
    polled = [];
    const settled = await engine.until(object, ({ state }) => state === 'Synced', 'to settle');
    expect(settled.generation).toBeGreaterThan(settled.version);
  });

  test('has what it saw dirty synchronized once, though it is clean when that is recorded', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let hasLooked = false;
    const object = await engine.create('PChosen', { name: 'a' });
    await engine.untilState(object, 'Synced');
    const letGo = backend.hang('b');
    await engine.update(object, { name: 'b' });
    await waitFor('the second attempt', () => backend.attempts(object) === 2 || undefined);
    choose = async (deleted, { find }) => {
      const found = deleted ? [] : await find(Chosen, { name: 'b' });
      hasLooked = true;
      await held;
      return found;
    };
    asked = [];
    await engine.store.database.query("select tell_errand('select', name) from pollers");
    await waitFor('it to have looked', () => hasLooked || undefined);
    letGo();
    await engine.untilState(object, 'Synced');
    release();
    await waitFor('it to be asked', () => asked.length >= 2 || undefined);
    await waitFor('the answer to be recorded', async () => {
      const [row] = await engine.store.database.query<{ busy: boolean }>(
        "select lease_until is not null as busy from pollers where name like '%PChosen'",
      );
      return row?.busy === false || undefined;
    });
    await engine.untilState(object, 'Synced');
    expect(backend.log(object)).toEqual(['sync a', 'sync b']);
  });

  test('is polled without a change', async () => {
    const object = await engine.create('PPolled', { name: 'a' });
    await engine.until(object, ({ backend_status }) => backend_status === 'not selected', 'to be held');
    polled = [object];
    await engine.untilState(object, 'Synced');
  });

  test('that throws is shown on its synchronizer, and stops nothing else', async () => {
    choose = (deleted) => {
      if (!deleted) throw new Error('the inventory does not answer');
      return [];
    };
    const object = await engine.create('PChosen', { name: 'a' });
    await waitFor('the fault', async () => ((await faultShown()) === null ? undefined : true));
    expect(await faultShown()).toBe(
      `fetchPending(false) of ${engine.synchronizer}/step PChosen: the inventory does not answer`,
    );
    const other = await engine.create('PBase', { name: 'b' });
    await engine.untilState(other, 'Synced');
    polled = [await engine.create('PPolled', { name: 'c' })];
    await engine.untilState(polled[0] as Ref, 'Synced');
    choose = all;
    await engine.update(object, { name: 'b' });
    await engine.untilState(object, 'Synced');
    await waitFor('the fault to be gone', async () => ((await faultShown()) === null ? true : undefined));
  });

  test('that names what is not its own is told so', async () => {
    const base = await engine.create('PBase', { name: 'b' });
    choose = () => [base];
    await engine.create('PChosen', { name: 'a' });
    await waitFor('the fault', async () => ((await faultShown()) === null ? undefined : true));
    expect(await faultShown()).toContain(`it returned PBase/${base.id}, which`);
    const pollers = (await readSynchronizers(engine.store.database)).flatMap((one) => one.pollers);
    expect(pollers.map(({ every_ms, fault }) => [every_ms, fault !== null])).toEqual([
      [60_000, true],
      [200, false],
    ]);
  });

  test('leaves nothing for the sweep to find', async () => {
    const finds = await engine.store.database.query("select * from events where kind = 'found by the sweep'");
    expect(finds).toEqual([]);
  });
});
