import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DeferredException, step, type StepContext } from '../../define/index.ts';
import { defineModel } from '../../define/model.ts';
import type { AnyStep } from '../../define/synchronizer.ts';
import type { Ref } from '../../model/definition.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { field, link, model } from '../support/models.ts';
import { waitFor } from '../support/wait-for.ts';

type Seen = Ref & Readonly<Record<string, unknown>>;
type Sync = (object: Seen, context: StepContext) => Promise<Record<string, unknown> | undefined>;

const level = field('level', { type: 'int32', state: 'feedback', nullable: true });
const MODELS = [
  model('Color', { fields: [field('name'), field('code', { default: '#000' }), level] }),
  model('Page', { fields: [field('name'), level], links: [link('color', 'Color')] }),
  model('Image', {
    fields: [field('name'), field('url', { default: 'u' }), level],
    links: [link('page', 'Page')],
  }),
];
const Image = defineModel<string, { name: string; url: string; page: Ref }, { level: number }>('Image');

/** What the step of each model does; a test says so. */
let does: Record<string, Sync>;
let runs: number[];
const runsOf = ({ id }: Ref): number => runs.filter((one) => one === id).length;

/** Failures and deferrals are only ended by what is to end them. */
const FOR_EVER = 3_600_000;

function stepOf(name: string): AnyStep {
  return step({
    synchronizes: defineModel(name),
    retry: { initialMs: FOR_EVER, maxMs: FOR_EVER },
    async syncRecord(object, context) {
      runs.push(object.id);
      return await does[name]?.(object as unknown as Seen, context);
    },
    deleteRecord: () => undefined,
  }) as AnyStep;
}

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(MODELS, Object.fromEntries(MODELS.map(({ name }) => [name, stepOf(name)])), {
    settings: { deferralMs: FOR_EVER },
  });
});
afterAll(() => engine.stop());
beforeEach(() => {
  does = {};
  runs = [];
});

/** A page that has been synchronized, and its color. */
async function page(): Promise<{ color: Ref; page: Ref }> {
  const color = await engine.create('Color', { name: 'c' });
  const ref = await engine.create('Page', { name: 'p', color });
  await quiet();
  return { color, page: ref };
}

/** Wait until nothing is to be told, read, verified or done any more. */
async function quiet(): Promise<void> {
  await waitFor(
    'quiet',
    async () => {
      const rows = await engine.store.database.query<{ busy: boolean }>(
        `select exists (select 1 from outbox) or exists (
           select 1 from objects o where has_work(o) and o.next_attempt_at is null) as busy`,
      );
      return rows[0]?.busy === false ? true : undefined;
    },
    () => engine.store.unsettled(),
  );
}

const follow = async (ref: unknown, context: StepContext): Promise<Seen> =>
  (await context.follow(ref as Ref)) as unknown as Seen;

describe('an object is synchronized again', () => {
  test('when a field that its step has looked at changes, and not when another does', async () => {
    does = {
      Page: async (object, context) => ({
        level: String((await follow(object['color'], context))['code']).length,
      }),
    };
    const { color, page: reader } = await page();
    const other = (await page()).page;

    await engine.update(color, { name: 'another' });
    await quiet();
    expect([runsOf(color), runsOf(reader)]).toEqual([2, 1]);

    await engine.update(color, { code: '#000000' });
    await engine.until(reader, ({ feedback }) => feedback['level'] === 7, 'to have seen the new code');
    await quiet();
    expect([runsOf(reader), runsOf(other)]).toEqual([2, 1]);
  });

  test('when feedback that it has looked at changes, and not for bookkeeping', async () => {
    let measured = 1;
    does = {
      Color: async () => ({ level: measured }),
      Page: async (object, context) => ({ level: (await follow(object['color'], context))['level'] }),
    };
    const { color, page: reader } = await page();
    await engine.store.resync(color, { name: 'a test' });
    await quiet();
    expect([runsOf(color), runsOf(reader)]).toEqual([2, 1]);

    measured = 2;
    await engine.store.resync(color, { name: 'a test' });
    await engine.until(reader, ({ feedback }) => feedback['level'] === 2, 'to have seen the new level');
  });

  test('when what it searched for is found more, less, or elsewhere', async () => {
    does = {
      Page: async (object, { find }) => ({ level: (await find(Image, { page: object })).length }),
    };
    const { page: reader } = await page();
    const { page: other } = await page();
    const has = (ref: Ref, count: number) =>
      engine.until(
        ref,
        ({ feedback, state }) => feedback['level'] === count && state === 'Synced',
        `to have ${count}`,
      );

    const image = await engine.create('Image', { name: 'i', page: reader });
    await has(reader, 1);
    const second = await engine.create('Image', { name: 'j', page: reader });
    await has(reader, 2);
    expect(runsOf(other)).toBe(1);

    await engine.update(image, { page: other });
    await has(reader, 1);
    await has(other, 1);
    await engine.remove(second);
    await has(reader, 0);
    await quiet();
    const before = runsOf(other);
    await engine.update(image, { url: 'nobody looked at this' });
    await quiet();
    expect(runsOf(other)).toBe(before);
  });

  test('when a field of what it found changes', async () => {
    const shown = new Map<number, string>();
    does = {
      Page: async (object, { find }) => {
        const images = await find(Image, { page: object });
        shown.set(object.id, images.map(({ name, url }) => `${name} ${url}`).join());
        return {};
      },
    };
    const { page: reader } = await page();
    expect(shown.get(reader.id)).toBe('');
    const image = await engine.create('Image', { name: 'i', url: 'one', page: reader });
    await waitFor('the image on its page', () => shown.get(reader.id) === 'i one' || undefined);
    await engine.update(image, { url: 'two' });
    await waitFor('the new image on its page', () => shown.get(reader.id) === 'i two' || undefined);
  });

  test('at once, when what it was deferred for comes', async () => {
    let measured: number | null = null;
    does = {
      Color: async () => ({ level: measured }),
      Page: async (object, context) => {
        const { level: seen } = await follow(object['color'], context);
        if (seen === null) throw new DeferredException('no level yet');
        return { level: seen };
      },
    };
    const { color, page: reader } = await page();
    expect(await engine.get(reader)).toMatchObject({ state: 'Deferred', backend_status: 'no level yet' });
    measured = 5;
    await engine.store.resync(color, { name: 'a test' });
    expect(await engine.untilState(reader, 'Synced')).toMatchObject({ feedback: { level: 5 } });
  });

  test('at once, when what it failed on changes; its failures go on counting', async () => {
    does = {
      Page: async (object, context) => {
        const { code } = await follow(object['color'], context);
        if (code !== 'good') throw new Error(`what is ${String(code)}?`);
        return {};
      },
    };
    const { color, page: reader } = await page();
    expect(await engine.get(reader)).toMatchObject({ state: 'Error', failures: 1 });
    await engine.update(color, { code: 'bad' });
    expect(
      await engine.until(reader, ({ backend_status }) => backend_status === 'what is bad?', 'to fail again'),
    ).toMatchObject({ failures: 2 });
    await engine.update(color, { code: 'good' });
    expect(await engine.untilState(reader, 'Synced')).toMatchObject({ failures: 0 });
  });
});

describe('an object that reads itself', () => {
  test('is synchronized again until its values stop changing', async () => {
    does = {
      Color: async (object, context) => {
        const mine = await follow(object, context);
        return { level: Math.min(Number(mine['level'] ?? 0) + 1, 3) };
      },
    };
    const color = await engine.create('Color', { name: 'c' });
    await engine.until(color, ({ feedback }) => feedback['level'] === 3, 'to have settled');
    await quiet();
    expect(await engine.get(color)).toMatchObject({ state: 'Synced', backend_status: 'OK' });
    expect(runsOf(color)).toBe(4);
  });

  test('is left alone after its own feedback, when it does not', async () => {
    let count = 0;
    does = { Color: async () => ({ level: (count += 1) }) };
    // Somebody reads colors, so that changes of them are told.
    does['Page'] = async (object, context) => ({ level: (await follow(object['color'], context))['level'] });
    const { color } = await page();
    await quiet();
    expect(runsOf(color)).toBe(1);
  });
});

test('two that never settle are slowed down more and more, and named, until a goal changes', async () => {
  const other = new Map<number, Ref>();
  does = {
    Color: async (object, context) => {
      const rival = other.get(object.id);
      if (rival === undefined || object['name'] === 'peace') return {};
      return { level: Number((await follow(rival, context))['level'] ?? 0) + 1 };
    },
  };
  const [one, two] = [
    await engine.create('Color', { name: 'a' }),
    await engine.create('Color', { name: 'b' }),
  ];
  await quiet();
  other.set(one.id, two).set(two.id, one);
  await engine.update(one, { code: 'war' });
  await engine.update(two, { code: 'war' });

  const fighting = await engine.until(
    one,
    ({ backend_status }) => backend_status.startsWith('Fighting'),
    'to fight',
  );
  expect(fighting.backend_status).toBe(`Fighting with Color/${two.id}: each changes what the other reads`);
  const pauseOf = async (least: number): Promise<number> =>
    waitFor(`a pause of ${least} s`, async () => {
      const object = await engine.get(one);
      const ms = (object?.next_attempt_at?.getTime() ?? 0) - Date.now();
      return ms > least * 1_000 ? ms : undefined;
    });
  await pauseOf(0.5);
  await pauseOf(1.5);
  const before = runsOf(one);

  await engine.update(one, { name: 'peace' });
  await engine.until(one, ({ backend_status }) => backend_status === 'OK', 'to be at peace');
  await waitFor('the other to be at peace', async () =>
    (await engine.get(two))?.backend_status === 'OK' ? true : undefined,
  );
  expect(runsOf(one)).toBe(before + 1);
});

describe('a resync that was asked for', () => {
  test('ends a backoff at once, with a fresh failure count', async () => {
    does = { Color: () => Promise.reject(new Error('no')) };
    const color = await engine.create('Color', { name: 'c' });
    await engine.untilState(color, 'Error');
    await engine.store.resync(color, { name: 'a test' });
    await waitFor('another attempt', () => runsOf(color) === 2 || undefined);
    expect(await engine.untilState(color, 'Error')).toMatchObject({ failures: 1, generation: 2, version: 1 });
    does = {};
    await engine.store.resync(color, { name: 'a test' });
    await engine.untilState(color, 'Synced');
  });

  test('is refused for what nothing synchronizes', async () => {
    const color = await engine.create('Color', { name: 'c', no_sync: true });
    await expect(engine.store.resync(color, { name: 'a test' })).rejects.toThrow('unset no_sync first');
    await expect(engine.store.resync({ model: 'Color', id: 1 }, { name: 'a test' })).rejects.toThrow(
      'there is no Color/1',
    );
  });
});

test('with every process healthy the sweep finds nothing', async () => {
  expect(await engine.store.database.query("select * from events where kind = 'found by the sweep'")).toEqual(
    [],
  );
});
