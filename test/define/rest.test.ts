import { afterEach, describe, expect, test, vi } from 'vitest';
import { defineModel, DeferredException, PermanentException, ready, restStep } from '../../define/index.ts';
import { conformance } from '../../testing/conformance.ts';
import { fakeContext, fakeObject } from '../../testing/fake-context.ts';
import { createWorld } from '../../testing/world.ts';
import { temporaryFolder } from '../support/folder.ts';

const Lamp = defineModel<'Lamp', { name: string }, { backend_handle: string | null }>('Lamp');
const sync = restStep({
  synchronizes: Lamp,
  url: (lamp) => `http://lamps.example/${lamp.name}/${lamp.id}?token=open-sesame`,
  body: ({ name }) => ({ name }),
});
const lamp = fakeObject(Lamp, 7, { name: 'hall' });

function answering(status: number, headers: Record<string, string> = {}): void {
  vi.stubGlobal('fetch', async () => Promise.resolve(new Response('no', { status, headers })));
}
afterEach(() => void vi.unstubAllGlobals());

const errorOf = (work: Promise<unknown> | void): Promise<unknown> =>
  Promise.resolve(work).then(
    () => undefined,
    (error: unknown) => error,
  );
const syncing = (): Promise<unknown> => errorOf(sync.syncRecord(lamp, fakeContext()) as Promise<unknown>);

describe('a step that keeps a resource over HTTP', () => {
  test('stands what production does to it', async () => {
    const world = createWorld(await temporaryFolder());
    try {
      const findings = await conformance({ step: sync, object: lamp, world });
      expect(findings.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
      expect(findings.map(({ check }) => check)).toContain('runs twice');
    } finally {
      world.end();
    }
  });

  test('removes the old resource when its address has changed', async () => {
    const world = createWorld(await temporaryFolder());
    try {
      world.begin();
      const feedback = await sync.syncRecord(lamp, fakeContext());
      await sync.syncRecord({ ...lamp, ...feedback, name: 'porch' }, fakeContext());
      expect(Object.keys(world.rest.resources())).toEqual(['http://lamps.example/porch/7?token=open-sesame']);
    } finally {
      world.end();
    }
  });

  test.each([409, 429, 503])('is deferred by %s, for as long as it says', async (status) => {
    answering(status, { 'retry-after': '7' });
    expect(await syncing()).toMatchObject({ name: 'DeferredException', afterMs: 7000 });
    answering(status, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() });
    const { afterMs } = (await syncing()) as DeferredException;
    expect(afterMs).toBeGreaterThan(50_000);
    expect(afterMs).toBeLessThanOrEqual(60_000);
    answering(status);
    expect(await syncing()).toMatchObject({ afterMs: undefined });
  });

  test('stalls on what will never be accepted, and is in error for the rest', async () => {
    answering(422);
    expect(await syncing()).toBeInstanceOf(PermanentException);
    answering(500);
    const error = (await syncing()) as Error;
    expect(error.message).toBe('PUT http://lamps.example/hall/7 answered 500: no');
  });

  test('is content when what it is to remove is gone', async () => {
    answering(404);
    const made = { ...lamp, backend_handle: 'http://lamps.example/hall/7' };
    expect(await errorOf(sync.deleteRecord(made, fakeContext()) as Promise<unknown>)).toBeUndefined();
    expect(await syncing()).toBeInstanceOf(Error);
  });
});

describe('a step whose back end chooses the id', () => {
  const Hall = defineModel<'Hall', { name: string }, { hall_id: string | null }>('Hall');
  const made = restStep({
    synchronizes: Hall,
    create: {
      url: () => 'http://halls.example/halls',
      idField: 'hall_id',
      find: ({ name }) => `http://halls.example/halls?name=${name}`,
    },
    url: ({ hall_id }) => `http://halls.example/halls/${hall_id}`,
    body: ({ name }) => ({ name }),
  });
  const hall = fakeObject(Hall, 3, { name: 'main', hall_id: null });

  /** Answers in turn, and remembers what was asked. */
  function talking(
    ...answers: readonly [status: number, body?: unknown, headers?: Record<string, string>][]
  ): string[] {
    const asked: string[] = [];
    const left = [...answers];
    vi.stubGlobal('fetch', async (address: string, { method = '', headers = {} }: RequestInit) => {
      const key = (headers as Record<string, string>)['idempotency-key'];
      asked.push([method, address, ...(key === undefined ? [] : [key])].join(' '));
      const [status, body, more = {}] = left.shift() ?? [500];
      return Promise.resolve(
        new Response(status === 204 ? null : JSON.stringify(body ?? ''), { status, headers: more }),
      );
    });
    return asked;
  }

  test('makes it by POST, and records its id at once', async () => {
    const asked = talking([200, []], [201, { id: 'h-1' }]);
    const recorded: unknown[] = [];
    const context = { ...fakeContext(), record: async (feedback: unknown) => void recorded.push(feedback) };
    expect(await made.syncRecord(hall, context)).toEqual({ hall_id: 'h-1' });
    expect(recorded).toEqual([{ hall_id: 'h-1' }]);
    expect(asked).toEqual([
      'GET http://halls.example/halls?name=main',
      'POST http://halls.example/halls Hall/3',
    ]);
  });

  test('finds what a lost worker has made, and makes no second one', async () => {
    const asked = talking([200, [{ id: 'h-1', name: 'main' }]], [200, {}]);
    expect(await made.syncRecord(hall, fakeContext())).toEqual({ hall_id: 'h-1' });
    expect(asked[1]).toBe('PUT http://halls.example/halls/h-1');
    const removed = talking([200, [{ id: 'h-1' }]], [204]);
    await made.deleteRecord(hall, fakeContext());
    expect(removed[1]).toBe('DELETE http://halls.example/halls/h-1');
  });

  test('changes it by its id, makes it anew when it is gone, and takes the id from Location', async () => {
    const known = { ...hall, hall_id: 'h-1' };
    expect(talking([200, {}])).toEqual([]);
    expect(await made.syncRecord(known, fakeContext())).toEqual({ hall_id: 'h-1' });
    talking([404], [201, 'made', { location: '/halls/h-2/?x=1' }]);
    expect(await made.syncRecord(known, fakeContext())).toEqual({ hall_id: 'h-2' });
    talking([404]);
    await made.deleteRecord(known, fakeContext());
  });

  test('stalls when nobody tells the id of what was made', async () => {
    talking([404], [201, {}]);
    expect(await errorOf(made.syncRecord(hall, fakeContext()) as Promise<unknown>)).toBeInstanceOf(
      PermanentException,
    );
  });
});

test('ready defers until what is linked has what is needed of it', () => {
  expect(() => ready(null, 'id')).toThrow(DeferredException);
  expect(() => ready(lamp, 'backend_handle')).toThrow('Lamp/7 has no backend_handle yet');
  const handle: string = ready({ ...lamp, backend_handle: '/7' }, 'backend_handle').backend_handle;
  expect(handle).toBe('/7');
});
