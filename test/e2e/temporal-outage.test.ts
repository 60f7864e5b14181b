import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createClient } from '../../client/http.ts';
import type { Ref } from '../../model/definition.ts';
import { freePorts } from '../../platform/ports.ts';
import { startTemporal, type Temporal } from '../../platform/temporal.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { waitFor } from '../support/wait-for.ts';
import { startAccord, type AccordProcess } from './accord.ts';
import { buildGate, type Gate } from './gate.ts';
import { addressIn, watch, type Installation } from './installation.ts';
import { openPostOffice, type PostOffice } from './post-office.ts';

const PARCELS = fileURLToPath(new URL('./parcels', import.meta.url));
const PATIENCE_MS = 180_000;

let folder: string;
let office: PostOffice;
let database: TestDatabase;
let gate: Gate;
let temporal: Temporal | undefined;
let temporalPort: number;
let server: AccordProcess;
let worker: AccordProcess;
let parcels: Pick<Installation, 'api' | 'until' | 'untilSynced'>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'accord-test-'));
  office = await openPostOffice();
  database = await createTestDatabase();
  const [databasePort = 0, free = 0] = await freePorts(2);
  temporalPort = free;
  const { hostname, port } = new URL(inject('databaseUrl'));
  gate = buildGate(databasePort, { host: hostname, port: Number(port) });
  const url = new URL(database.url);
  url.host = `127.0.0.1:${databasePort}`;
  const environment = {
    DATABASE_URL: url.href,
    TEMPORAL_ADDRESS: `127.0.0.1:${temporalPort}`,
    ACCORD_BIND: '127.0.0.1:0',
    PARCELS_BACKEND: office.url,
    // What Temporal gave to a worker just when it was stopped is given to another after this.
    ACCORD_HEARTBEAT_MS: '8000',
  };
  // Both parts are away.
  server = await startAccord(['server'], environment);
  worker = await startAccord(['worker', PARCELS], environment);
}, PATIENCE_MS);
afterAll(async () => {
  await Promise.all([server.stop(), worker.stop()]);
  await gate.shut();
  await temporal?.stop();
  await office.close();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
}, PATIENCE_MS);

const start = async (): Promise<void> => {
  temporal = await startTemporal({ dir: folder, headless: true, port: temporalPort });
};
const write = async (name: string): Promise<Ref> => {
  const { id } = await parcels.api.create('Parcel', { name });
  return { model: 'Parcel', id };
};

describe('processes that are started before Postgres and Temporal are there', () => {
  test(
    'say which address does not answer, and try again by themselves',
    { timeout: PATIENCE_MS },
    async () => {
      for (const one of [server, worker]) {
        const line = await one.said(/database cannot be reached, trying again/);
        expect(line).toContain(`127.0.0.1:${gate.port}`);
      }
      await gate.open();
      parcels = watch(createClient({ server: addressIn(await server.said(/server is ready/)) }));
      const line = await worker.said(/temporal cannot be reached; trying again by itself/);
      expect(line).toContain(`127.0.0.1:${temporalPort}`);
    },
  );

  test('accept writes, and do them once all is there', { timeout: PATIENCE_MS }, async () => {
    const early = await write('early');
    await start();
    await parcels.untilSynced(early);
  });

  test('never answer with a stack alone', () => {
    const said = [...server.lines, ...worker.lines].filter((line) => !line.startsWith('{'));
    expect(said).toEqual([]);
  });
});

describe('while Temporal is stopped', () => {
  test('all writes are accepted, and are done when it is back', { timeout: PATIENCE_MS }, async () => {
    await temporal?.stop();
    const refs = await Promise.all(Array.from({ length: 50 }, (_, at) => write(`parcel ${at}`)));
    expect(new Set(refs.map(({ id }) => id)).size).toBe(50);
    expect(office.calls.filter(({ name }) => name.startsWith('parcel'))).toEqual([]);
    await start();
    const states = async (): Promise<string[]> =>
      (await Promise.all(refs.map((ref) => parcels.api.get(ref)))).map(({ state }) => state);
    await waitFor(
      'all 50 to be Synced',
      async () => ((await states()).every((state) => state === 'Synced') ? true : undefined),
      states,
      120_000,
    );
    // Each once: what was kept was not sent twice.
    expect(
      office.calls.filter(({ name, method }) => name.startsWith('parcel') && method === 'POST'),
    ).toHaveLength(50);
  });
});

describe('while Postgres is away', () => {
  test('the API says so, and work goes on when it is back', { timeout: PATIENCE_MS }, async () => {
    const release = office.hold('patient');
    const ref = await write('patient');
    await waitFor('the step to be at work', () =>
      office.calls.some(({ id, method }) => id === ref.id && method === 'POST') ? true : undefined,
    );
    await gate.shut();
    release();
    await expect(parcels.api.get(ref)).rejects.toMatchObject({ status: 503 });
    await gate.open();
    await parcels.untilSynced(ref);
    // The step had done its work, and was not asked for it again.
    expect(office.calls.filter(({ id, method }) => id === ref.id && method === 'POST')).toHaveLength(1);
  });
});
