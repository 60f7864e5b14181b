import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Ref } from '../../model/definition.ts';
import { createNamespace, type TestNamespace } from '../support/namespace.ts';
import { waitFor } from '../support/wait-for.ts';
import type { AccordProcess } from './accord.ts';
import { startInstallation, type Installation } from './installation.ts';
import { openPostOffice, type Call, type PostOffice } from './post-office.ts';

const PARCELS = fileURLToPath(new URL('./parcels', import.meta.url));
const PATIENCE_MS = 120_000;

let office: PostOffice;
let temporal: TestNamespace;
let parcels: Installation;

beforeAll(async () => {
  office = await openPostOffice();
  temporal = await createNamespace();
  const environment = {
    PARCELS_BACKEND: office.url,
    // Short, so that a dead worker is missed soon; not so short that a busy machine looks dead.
    ACCORD_LEASE_MS: '4000',
    ACCORD_RENEW_MS: '500',
    ACCORD_HEARTBEAT_MS: '4000',
    ACCORD_SHUTDOWN_MS: '1500',
  };
  parcels = await startInstallation({ folder: PARCELS, workers: 2, temporal, environment });
}, PATIENCE_MS);
afterAll(async () => {
  await parcels.stop();
  await temporal.close();
  await office.close();
}, PATIENCE_MS);

const create = async (name: string): Promise<Ref> => {
  const { id } = await parcels.api.create('Parcel', { name });
  return { model: 'Parcel', id };
};

/** Wait until a worker has asked the back end to finish this parcel. */
const begun = (ref: Ref, isNew: (call: Call) => boolean = () => true): Promise<Call> =>
  waitFor(
    `a worker to be in the middle of Parcel/${ref.id}`,
    () => office.calls.find((call) => call.id === ref.id && call.method === 'POST' && isNew(call)),
    () => office.calls,
    60_000,
  );

const workerOf = ({ pid }: Call): AccordProcess => {
  const worker = parcels.workers.find((one) => one.pid === pid);
  if (worker === undefined) throw new Error(`no worker has the process id ${pid}`);
  return worker;
};

interface AttemptRow {
  readonly outcome: string;
  readonly code: string | null;
  readonly worker: string;
  readonly text: string | null;
}

const attemptsOn = ({ id }: Ref): Promise<AttemptRow[]> =>
  parcels.database.query<AttemptRow>(
    'select outcome, code, worker, text from attempts where object_id = $1 order by number',
    [id],
  );

describe('a worker that is killed in the middle of a step', () => {
  test('is closed as lost, and another one finishes its work', { timeout: PATIENCE_MS }, async () => {
    const release = office.hold('fragile');
    const parcel = await create('fragile');
    const first = await begun(parcel);
    await workerOf(first).kill();
    release();

    const object = await parcels.untilSynced(parcel);
    const second = await begun(parcel, ({ pid }) => pid !== first.pid);
    expect(await attemptsOn(parcel)).toMatchObject([
      {
        outcome: 'failed',
        code: 'worker-lost',
        text: expect.stringMatching(/^worker lost: .*:\d+ /) as unknown,
      },
      { outcome: 'synced', code: null },
    ]);
    const workers = (await attemptsOn(parcel)).map(({ worker }) => Number(worker.split(':').at(-1)));
    expect(workers).toEqual([first.pid, second.pid]);
    // What was recorded in the middle of the step did not die with the worker.
    expect(object['backend_handle']).toBe(`handle of /parcels/${parcel.id}`);
    await parcels.startWorker();
  });
});

describe('a worker that is asked to stop in the middle of a step', () => {
  test('finishes what ends within its limit', { timeout: PATIENCE_MS }, async () => {
    const release = office.hold('quick');
    const parcel = await create('quick');
    const call = await begun(parcel);
    const worker = workerOf(call);
    const stopped = worker.stop();
    release();
    expect(await stopped).toEqual({ code: 0, signal: null });
    await parcels.untilSynced(parcel);
    expect(await attemptsOn(parcel)).toMatchObject([{ outcome: 'synced' }]);
    await parcels.startWorker();
  });

  test('hands back what takes longer, and that is no failure', { timeout: PATIENCE_MS }, async () => {
    const release = office.hold('slow');
    const parcel = await create('slow');
    const first = await begun(parcel);
    expect(await workerOf(first).stop()).toEqual({ code: 0, signal: null });
    await begun(parcel, ({ pid }) => pid !== first.pid);
    release();
    const object = await parcels.untilSynced(parcel);
    expect(object.failures).toBe(0);
    expect(await attemptsOn(parcel)).toMatchObject([
      { outcome: 'cancelled', text: 'stopped: the worker shuts down' },
      { outcome: 'synced' },
    ]);
  });
});
