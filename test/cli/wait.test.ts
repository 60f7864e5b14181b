import { expect, test } from 'vitest';
import { waitFor } from '../../cli/wait.ts';
import { createClient } from '../../client/http.ts';
import { freePort } from '../../platform/ports.ts';
import { recorder } from './recorder.ts';

test('a wait for a server that is gone ends at once when it is called off', async () => {
  const { terminal } = recorder();
  let asked = 0;
  const client = createClient({
    server: `http://127.0.0.1:${await freePort()}`,
    fetch(...request) {
      asked += 1;
      // It has seen that nobody answers, and looks again later.
      if (asked === 2) calledOff.abort();
      return fetch(...request);
    },
  });
  const calledOff = new AbortController();
  const refs = [{ model: 'Color', id: 3 }];
  const options = { goal: 'synced', timeoutMs: 3_600_000, signal: calledOff.signal } as const;
  await expect(waitFor(refs, options, { client, terminal })).rejects.toThrow('aborted');
});
