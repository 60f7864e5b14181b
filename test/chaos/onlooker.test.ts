import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRandom } from '../random/random.ts';
import { createOnlooker } from './onlooker.ts';
import { createPeople, type Wanted } from './people.ts';

/** A server that shows whatever is said: one that lies cannot be had otherwise. */
let shown: unknown[] = [];
const MODELS = { items: [{ name: 'Part', app: 'nodes', plural: 'parts' }] };
const GONE = { error: { code: 'E_NOT_FOUND', message: 'there is no Part/1', faults: [] } };
const server = createServer(({ url = '' }, response) => {
  const isGone = url.endsWith('/parts/1');
  response.writeHead(isGone ? 404 : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(isGone ? GONE : url.endsWith('/models') ? MODELS : { items: shown }));
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

const ONE: Wanted = {
  name: 'part 0',
  serial: 0,
  id: 1,
  goals: [
    { n: 1, ackedAt: 1 },
    { n: 2, ackedAt: 2 },
  ],
  needs: new Set(),
  neededBy: new Set(),
  mayBeGone: false,
};

async function seen(its: { readonly leaving: boolean; readonly made: boolean; readonly has: boolean }) {
  const people = {
    ...createPeople([], createRandom(1), 0),
    wanted: [ONE],
    byId: new Map([[1, ONE]]),
    isLeaving: () => its.leaving,
  };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const backEnd = { hasMade: () => its.made, mayHave: () => its.has };
  const onlooker = createOnlooker([url], createRandom(1), people, backEnd);
  await onlooker.look();
  return onlooker.problems;
}

test('nothing is said of what is shown as it is', async () => {
  shown = [{ id: 1, n: 2, state: 'Synced' }];
  expect(await seen({ leaving: true, made: true, has: false })).toEqual([]);
});

test('what is shown as Synced, and was never made', async () => {
  shown = [{ id: 1, n: 2, state: 'Synced' }];
  expect(await seen({ leaving: true, made: false, has: false })).toEqual([
    'Part/1 was shown as Synced with n = 2, which was never made',
  ]);
});

test('what is shown as it was before a write that was accepted', async () => {
  shown = [{ id: 1, n: 1, state: 'Synced' }];
  expect(await seen({ leaving: true, made: true, has: false })).toEqual([
    'Part/1 was shown as n = 1, after another was accepted',
  ]);
});

test('what is gone although nobody wanted that, or before the back end has said so', async () => {
  shown = [];
  expect(await seen({ leaving: false, made: true, has: false })).toEqual([
    'Part/1 was accepted, and is gone',
  ]);
  expect(await seen({ leaving: true, made: true, has: true })).toEqual([
    'Part/1 was shown as gone before the back end had confirmed that',
  ]);
});
