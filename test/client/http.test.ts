import { afterEach, expect, test, vi } from 'vitest';
import { createClient } from '../../client/http.ts';

afterEach(() => vi.restoreAllMocks());

const MODELS = { items: [{ name: 'Bed', app: 'garden', plural: 'beds' }] };

test('a deletion may take long when it takes along all that depends on the object', async () => {
  const timeouts = vi.spyOn(AbortSignal, 'timeout');
  const patience: unknown[] = [];
  const client = createClient({
    server: 'http://garden.example',
    timeoutMs: 7_000,
    fetch: async (_, { method } = {}) => {
      if (method !== 'DELETE') return Response.json(MODELS);
      patience.push(timeouts.mock.lastCall?.[0]);
      return Response.json({ deleted: ['Bed/1'] });
    },
  });
  await client.remove({ model: 'Bed', id: 1 });
  await client.remove({ model: 'Bed', id: 1 }, { cascade: true });
  expect(patience).toEqual([7_000, 600_000]);
});
