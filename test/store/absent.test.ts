import dns from 'node:dns';
import { expect, test, vi } from 'vitest';
import { openDatabase } from '../../store/database.ts';
import { StoreUnavailable } from '../../store/errors.ts';

test.each(['EAI_AGAIN', 'ENOTFOUND'])(
  'a database whose name cannot be resolved (%s) is away, and not at fault',
  async (code) => {
    vi.spyOn(dns, 'lookup').mockImplementation(((
      host: string,
      _options: unknown,
      done: (error: Error) => void,
    ) => {
      process.nextTick(done, Object.assign(new Error(`getaddrinfo ${code} ${host}`), { code }));
    }) as typeof dns.lookup);
    const database = openDatabase('postgres://accord@postgres.invalid/accord');
    await expect(database.query('select 1')).rejects.toThrow(StoreUnavailable);
    await expect(database.listen('accord_test', () => undefined)).rejects.toThrow(StoreUnavailable);
    await database.close();
  },
);
