import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { StepContext } from '../../define/index.ts';
import type { Ref } from '../../model/definition.ts';
import { createBackend, type Backend } from '../support/backend.ts';
import { SETTINGS, startEngine, type Engine } from '../support/engine.ts';
import { field, model } from '../support/models.ts';

const fields = [
  field('name', { maxLength: 50 }),
  field('secret', { secret: true, nullable: true }),
  field('backend_handle', { state: 'feedback', nullable: true }),
];
const MODELS = [model('Base', { fields }), model('Elsewhere', { fields })];

let backend: Backend;
let engine: Engine;
/** A process that can do nothing else meanwhile, as when it is frozen. */
let hasBlocked = false;
const block = (ms: number): void => {
  hasBlocked = true;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
};
/** What each attempt on a Base was given to show to the back end. */
const fences: number[] = [];
/** What the step of Base says. */
let said: (log: StepContext['log'], object: Readonly<Record<string, unknown>>) => void;

beforeAll(async () => {
  backend = createBackend();
  const { syncRecord } = backend.step('Base') as { syncRecord: (...given: unknown[]) => Promise<object> };
  engine = await startEngine(
    MODELS,
    {
      Base: backend.step('Base', {
        async syncRecord(object: Ref & { readonly name: string }, context: StepContext) {
          fences.push(context.fence);
          said(context.log, object as unknown as Record<string, unknown>);
          return syncRecord(object, context);
        },
      }),
      Elsewhere: backend.step('Elsewhere', {
        backend: (object: unknown) => {
          const { name, secret } = object as { name: string; secret: string | null };
          if (name === 'slow to say' && !hasBlocked) block(SETTINGS.leaseMs + 300);
          if (name === 'nowhere') throw new Error(`no region for ${secret}`);
          return 'region';
        },
      }),
    },
    { limits: new Map([['region', { concurrency: 1 }]]) },
  );
});
afterAll(() => engine.stop());
beforeEach(() => {
  backend.reset();
  fences.length = 0;
  said = () => undefined;
});

interface Row {
  readonly number: number;
  readonly kind: string;
  readonly generation: number;
  readonly worker: string;
  readonly started: Date;
  readonly finished: Date;
  readonly outcome: string;
  readonly code: string | null;
  readonly text: string | null;
  readonly log: string | null;
}
const attemptsOn = ({ id }: Ref): Promise<Row[]> =>
  engine.store.database.query<Row>('select * from attempts where object_id = $1 order by number', [id]);

describe('an attempt is kept', () => {
  test('with its number, generation, times, outcome, whole text, worker, and what it logged', async () => {
    const long = 'x'.repeat(3_000);
    backend.fail((_, { name }) =>
      name === 'bad' ? Object.assign(new Error(long), { code: 'E_BAD' }) : undefined,
    );
    said = (log, { name }) => log.info({ name }, 'asked');
    const base = await engine.create('Base', { name: 'bad' });
    await engine.until(base, ({ failures }) => failures >= 2, 'to have failed twice');
    await engine.update(base, { name: 'good' });
    await engine.untilState(base, 'Synced');

    const attempts = await attemptsOn(base);
    expect(attempts.map(({ number }) => number)).toEqual(attempts.map((_, index) => index + 1));
    const [first] = attempts;
    const last = attempts.at(-1);
    expect(first).toMatchObject({ kind: 'sync', generation: 1, outcome: 'failed', code: 'E_BAD' });
    expect(first?.text).toContain(long);
    expect(first?.text).toContain('at ');
    expect(first?.log).toMatch(/Z info asked \{"name":"bad"\}$/);
    expect(first?.worker).toMatch(/:\d+/);
    expect(first?.finished.getTime()).toBeGreaterThanOrEqual(first?.started.getTime() ?? Infinity);
    expect(last).toMatchObject({ kind: 'sync', generation: 2, outcome: 'synced', code: null });
    expect(last?.log).toContain('asked {"name":"good"}');
  });

  test('when it was one to delete, too', async () => {
    const base = await engine.create('Base', { name: 'b' });
    await engine.untilState(base, 'Synced');
    backend.fail((kind) => (kind === 'delete' ? new Error('not now') : undefined));
    await engine.remove(base);
    await engine.untilState(base, 'Error');
    expect((await attemptsOn(base)).slice(0, 2)).toMatchObject([
      { kind: 'sync', generation: 1, outcome: 'synced' },
      { kind: 'delete', generation: 2, outcome: 'failed' },
    ]);
    backend.fail(() => undefined);
    await engine.untilGone(base);
  });

  test('as long as it is among the last twenty', async () => {
    const base = await engine.create('Base', { name: 'b' });
    for (let round = 1; round <= 23; round += 1) {
      await engine.until(base, ({ enacted }) => enacted === round, `to be at generation ${round}`);
      if (round < 23) await engine.update(base, { name: `b${round}` });
    }
    expect((await attemptsOn(base)).map(({ number }) => number)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 4),
    );
  });

  test('without any secret in what it logged', async () => {
    said = (log, { secret }) => log.info({ secret }, `login with ${String(secret)}`);
    const base = await engine.create('Base', { name: 'b', secret: 'hunter2' });
    await engine.untilState(base, 'Synced');
    expect((await attemptsOn(base))[0]?.log).toMatch(/info login with \*\*\* \{"secret":"\*\*\*"\}$/);
  });
});

test('an attempt whose lease has passed before its step is called does not call it', async () => {
  const elsewhere = await engine.create('Elsewhere', { name: 'slow to say' });
  await engine.untilState(elsewhere, 'Synced');
  const attempts = await attemptsOn(elsewhere);
  // It has heard of it itself, or the next one has closed it for lost, whoever was quicker.
  expect(attempts[0]?.text).toMatch(/^stopped: the lease was lost|^worker lost/);
  expect(attempts.at(-1)).toMatchObject({ outcome: 'synced' });
  expect(backend.attempts(elsewhere)).toBe(1);
});

test('each attempt has a greater fence, also when it is Temporal that tries again', async () => {
  const base = await engine.create('Base', { name: 'b' });
  await engine.untilState(base, 'Synced');
  backend.fail(() => (backend.attempts(base) < 4 ? new Error('not yet') : undefined));
  await engine.update(base, { name: 'c' });
  await engine.until(base, ({ enacted }) => enacted === 2, 'to be at generation 2');
  expect(fences.length).toBeGreaterThanOrEqual(4);
  expect(fences).toEqual([...new Set(fences)].toSorted((a, b) => a - b));
});

describe('an attempt that a lost worker has left open', () => {
  /** An object that is due, with an attempt that nobody makes any more. */
  async function leftOpen(more = ''): Promise<Ref> {
    const base = await engine.create('Base', { name: 'b' });
    await engine.untilState(base, 'Synced');
    await engine.store.database.query(
      `with left_open as (
         insert into attempts (object_id, number, token, attempt, kind, generation, worker)
         select $1, 2, nextval('fence_tokens'), 1, 'sync', 2, 'a dead one' returning token)
       update objects o
          set generation = generation + 1, fence = l.token, fence_attempt = 1,
              lease_until = clock_timestamp() - interval '1 second' ${more}
         from left_open l where o.id = $1`,
      [base.id],
    );
    await engine.store.database.query("select tell($1, 'changed', 2::smallint)", [base.id]);
    await engine.until(base, ({ enacted }) => enacted === 2, 'to be at generation 2');
    return base;
  }

  test('is closed by the next one, which goes on at once', async () => {
    const base = await leftOpen();
    expect(await attemptsOn(base)).toMatchObject([
      { number: 1, outcome: 'synced' },
      {
        number: 2,
        outcome: 'failed',
        code: 'worker-lost',
        text: 'worker lost: a dead one stopped reporting in the middle of this attempt',
      },
      { number: 3, outcome: 'synced' },
    ]);
  });

  test('is closed by the next one, which waits when that was not the first in a row', async () => {
    const base = await leftOpen(", outcome = 'failed', outcome_code = 'worker-lost', failures = 1");
    const [, lost, next] = await attemptsOn(base);
    expect(lost).toMatchObject({ number: 2, code: 'worker-lost' });
    expect(next).toMatchObject({ number: 3, outcome: 'synced' });
    // Two failures: 200 ms, a fifth more or less.
    const waited = (next?.started.getTime() ?? 0) - (lost?.finished.getTime() ?? 0);
    expect(waited).toBeGreaterThanOrEqual(159);
  });
});

test('a step that cannot name the back end of an object fails for it, and says why', async () => {
  const lost = await engine.create('Elsewhere', { name: 'nowhere', secret: 'hunter2' });
  const found = await engine.create('Elsewhere', { name: 'somewhere' });
  expect(await engine.untilState(lost, 'Error')).toMatchObject({ backend_status: 'no region for ***' });
  await engine.untilState(found, 'Synced');
  expect(backend.attempts(lost)).toBe(0);
  await engine.update(lost, { name: 'here' });
  await engine.untilState(lost, 'Synced');
});
