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
      expect(findings).toHaveLength(7);
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

test('ready defers until what is linked has what is needed of it', () => {
  expect(() => ready(null, 'id')).toThrow(DeferredException);
  expect(() => ready(lamp, 'backend_handle')).toThrow('Lamp/7 has no backend_handle yet');
  const handle: string = ready({ ...lamp, backend_handle: '/7' }, 'backend_handle').backend_handle;
  expect(handle).toBe('/7');
});
