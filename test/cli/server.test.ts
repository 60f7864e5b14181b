import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const ACCORD = join(import.meta.dirname, '../../cli/accord.js');

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** Start `accord server` with this environment; its log is on stderr. */
function start(environment: Record<string, string>) {
  const env = { PATH: process.env['PATH'], TEMPORAL_ADDRESS: inject('temporalAddress'), ...environment };
  const child = spawn(process.execPath, [ACCORD, 'server'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const ready = new Promise<string>((resolve, reject) => {
    reader.on('line', (line) => {
      const { msg, address } = JSON.parse(line.startsWith('{') ? line : '{}') as {
        msg?: string;
        address?: string;
      };
      if (msg === 'server is ready') resolve(address ?? '');
    });
    void ended.then(() => reject(new Error(lines.join('\n'))));
  });
  ready.catch(() => undefined);
  return { child, lines, ended, ready };
}

describe('accord server', () => {
  test('answers until it is asked to stop, and then ends well', async () => {
    const { child, ended, ready, lines } = start({ DATABASE_URL: database.url, ACCORD_BIND: '127.0.0.1:0' });
    const response = await fetch(`${await ready}/xosapi/v1/accord/models`);
    expect(await response.json()).toEqual({ items: [] });
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(lines.join('\n')).not.toContain(new URL(database.url).password || 'no password at all');
  });

  test('refuses a wrong configuration with all its faults: exit code 2, no stack', async () => {
    const { ended, lines } = start({ ACCORD_BIND: 'everywhere', ACCORD_LEASE_MS: 'long' });
    expect(await ended).toBe(2);
    expect(lines).toEqual([
      'accord: ACCORD_BIND must be host:port, as in 127.0.0.1:8000',
      'ACCORD_LEASE_MS must be a number from 1 to 86400000',
    ]);
  });

  test('does not start without a database that is named', async () => {
    const { ended, lines } = start({});
    expect(await ended).toBe(2);
    expect(lines[0]).toMatch(/DATABASE_URL is not set/);
  });
});
