import { expect, test } from 'vitest';
import { untilModelsKnown } from '../../cli/models-known.ts';
import { createClient } from '../../client/http.ts';

const REFUSAL = { error: { code: 'E_TOKEN', message: 'a token is required', faults: [] } };
const knowing = (...names: string[]): Response => Response.json({ items: names.map((name) => ({ name })) });

/** Wait for a server that gives these answers, one after the other. */
const wait = (...answers: (() => Response)[]): Promise<void> =>
  untilModelsKnown(
    createClient({
      server: 'http://garden.example',
      fetch: async () => {
        const answer = answers.shift();
        if (answer === undefined) throw new Error('asked once more');
        return answer();
      },
    }),
    ['Bed', 'Rose'],
    new AbortController().signal,
  );

test('a server is ready when it is there and knows all models', async () => {
  await wait(
    () => {
      throw new Error('connection refused');
    },
    () => new Response('', { status: 503 }),
    () => knowing('Bed'),
    () => knowing('Rose', 'Bed'),
  );
});

test('a server that lets nobody in is not waited for', async () => {
  await expect(wait(() => Response.json(REFUSAL, { status: 401 }))).rejects.toThrow(
    'the server that was started here does not let us in: a token is required; set ACCORD_TOKEN',
  );
});
