import { describe, expect, test } from 'vitest';
import { watchObjects } from '../../cli/watch.ts';
import { ServerUnavailable, type ApiObject, type Client } from '../../client/http.ts';
import { recorder } from './recorder.ts';

const bed = (
  id: number,
  state: ApiObject['state'],
  backend_code: 0 | 1 | 2,
  backend_status = 'why',
): ApiObject =>
  ({
    id,
    leaf_model_name: 'Bed',
    name: `b${id}`,
    state,
    backend_code,
    backend_status,
    deleted: false,
  }) as unknown as ApiObject;

async function watched(looks: readonly (readonly ApiObject[] | Error)[], width?: number) {
  const { terminal, written } = recorder(width === undefined ? {} : { width });
  const rest = [...looks];
  const look = async () => {
    const next = rest.shift() ?? [];
    if (next instanceof Error) throw next;
    return next;
  };
  await watchObjects(look, { client: {} as Client, terminal }, { rounds: looks.length, everyMs: 0 });
  return written();
}

describe('watching', () => {
  test('tells each change once, where nothing can be drawn in place', async () => {
    const [waiting, done] = [bed(1, 'Waiting', 0), bed(1, 'Synced', 1)];
    const { stdout } = await watched([
      [waiting, bed(2, 'Synced', 1)],
      [waiting, bed(2, 'Synced', 1)],
      [done],
    ]);
    expect(stdout.split('\n')).toEqual([
      '⧗ Bed/1 b1  Waiting  why',
      '✔ Bed/2 b2  Synced',
      '✔ Bed/1 b1  Synced',
      '– Bed/2  gone',
    ]);
  });

  test('draws in place on a terminal', async () => {
    const { stdout } = await watched([[bed(1, 'Waiting', 0)], [bed(1, 'Synced', 1)]], 80);
    expect(stdout.split('\u001b[2A\u001b[J')).toHaveLength(2);
  });

  test('waits for a server that is away', async () => {
    const { stdout, stderr } = await watched([
      new ServerUnavailable('http://x', new Error('refused')),
      [bed(1, 'Synced', 1)],
    ]);
    expect(stderr).toMatch(/cannot be reached: refused; trying again\nconnected again/);
    expect(stdout).toContain('Bed/1');
  });
});
