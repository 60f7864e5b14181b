import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { followEvents } from '../../client/event-stream.ts';
import type { ApiEvent } from '../../client/operate-wire.ts';
import type { Ref } from '../../model/definition.ts';
import { workflowIdOf } from '../../workflows/messages.ts';
import { waitFor } from '../support/wait-for.ts';
import { accord } from './accord.ts';
import { beginWork, faultsIn } from './amid-work.ts';
import { backUp, recoverAnew, restore } from './backup.ts';
import { startMortal, type Mortal } from './mortal.ts';
import { openPostOffice, type PostOffice } from './post-office.ts';

const PARCELS = fileURLToPath(new URL('./parcels', import.meta.url));
const PATIENCE_MS = 240_000;
const SENTENCE = /was restored from a backup, or is a copy: .*run `accord doctor --repair`/;

let office: PostOffice;
let parcels: Mortal;
let copies: string;

beforeAll(async () => {
  office = await openPostOffice();
  copies = await mkdtemp(join(tmpdir(), 'accord-copies-'));
  parcels = await startMortal(PARCELS, { PARCELS_BACKEND: office.url });
}, PATIENCE_MS);
afterAll(async () => {
  await parcels.stop();
  await office.close();
  await rm(copies, { recursive: true, force: true });
}, PATIENCE_MS);

const create = async (name: string): Promise<Ref> => {
  const { id } = await parcels.api.create('Parcel', { name });
  return { model: 'Parcel', id };
};
const created = async (name: string): Promise<Ref> => {
  const ref = await create(name);
  await parcels.untilSynced(ref);
  return ref;
};
/** Wait until the back end is asked for it. */
const begun = ({ id }: Ref) =>
  waitFor(
    `the step of Parcel/${id} to be at work`,
    () => office.calls.find((call) => call.id === id && call.method === 'POST'),
    () => office.calls.slice(-5),
    60_000,
  );
/** What the back end was asked for last. */
const lastCall = ({ id }: Ref) => office.calls.findLast((call) => call.id === id);
const greatestFence = (): number => Math.max(...office.calls.map(({ fence }) => fence));

describe('all processes killed at once, amid work', () => {
  test(
    "and started again, workers first, go on without anybody's help",
    { timeout: PATIENCE_MS },
    async () => {
      const work = await beginWork(parcels, office, 'power cut');
      await parcels.killAll();
      const [first, second] = [await parcels.startWorker(), await parcels.startWorker()];
      await first.said(/database cannot be reached, trying again/);
      const server = await parcels.startServer();
      await parcels.startTemporal();
      await parcels.startPostgres();
      await Promise.all([first.said(/worker is ready/), second.said(/worker is ready/)]);
      await server.said(/server is ready/);
      await work.finish();
      expect(faultsIn(office.calls)).toEqual([]);
    },
  );
});

describe('a Temporal', () => {
  test('that is lost with all that it had is filled again', { timeout: PATIENCE_MS }, async () => {
    const work = await beginWork(parcels, office, 'amnesia');
    await parcels.killTemporal();
    const written = await create('written while it was away');
    await rm(parcels.temporalFolder, { recursive: true });
    await parcels.startTemporal();
    await work.finish();
    await parcels.untilSynced(written);
    expect(faultsIn(office.calls)).toEqual([]);
  });

  test('that comes back older than it was does no harm', { timeout: PATIENCE_MS }, async () => {
    const work = await beginWork(parcels, office, 'before');
    await parcels.killTemporal();
    const copy = join(copies, 'temporal');
    await cp(parcels.temporalFolder, copy, { recursive: true });
    await parcels.startTemporal();
    // What it will believe to be under way comes to its end, and something else begins.
    await work.finish();
    const release = office.hold('after');
    const after = await create('after');
    await begun(after);
    await parcels.killTemporal();
    await rm(parcels.temporalFolder, { recursive: true });
    await cp(copy, parcels.temporalFolder, { recursive: true });
    await parcels.startTemporal();
    await parcels.api.update(work.long, { name: 'another' });
    release();
    await Promise.all([after, work.long].map((ref) => parcels.untilSynced(ref)));
    expect(lastCall(work.long)).toMatchObject({ method: 'POST', name: 'another' });
    expect(lastCall(work.leaving)).toMatchObject({ method: 'DELETE' });
    expect(faultsIn(office.calls)).toEqual([]);
  });
});

describe('a Postgres that was restored from an older backup', () => {
  test(
    'is refused until it is repaired, and then everything is synchronized again',
    { timeout: PATIENCE_MS },
    async () => {
      const [kept, edited, dropped] = await Promise.all(['kept', 'edited', 'dropped'].map(created));
      if (kept === undefined || edited === undefined || dropped === undefined)
        throw new Error('three were made');
      const backup = join(dirname(parcels.cluster), 'backup');
      await backUp(parcels.environment['DATABASE_URL'] ?? '', parcels.cluster, backup);

      // What the backup knows nothing of.
      await parcels.api.update(edited, { name: 'edited since' });
      await parcels.api.remove(dropped);
      const orphan = await created('orphan');
      await Promise.all([parcels.untilSynced(edited), parcels.untilGone(dropped)]);
      const gap = await beginWork(parcels, office, 'gap');
      const fence = greatestFence();
      const heard: ApiEvent[] = [];
      const listening = new AbortController();
      const following = follow(heard, listening.signal);

      // Of the workers one dies amid its work; the server and the other live on.
      const [killed, ousted] = parcels.workers();
      await killed?.kill();
      await parcels.stopPostgres();
      await restore(parcels.cluster, backup);
      await recoverAnew(parcels.cluster);
      await parcels.startPostgres();

      await waitFor(
        'the worker to end',
        () => (ousted?.hasEnded() === true ? true : undefined),
        () => ousted?.lines.slice(-2),
        120_000,
      );
      expect((await ousted?.ended)?.code).toBe(1);
      expect(ousted?.lines.at(-1)).toMatch(SENTENCE);
      const ready = await fetch(`${parcels.server}/readyz`);
      expect(ready.status).toBe(503);
      expect(await ready.json()).toMatchObject({
        error: { code: 'E_RESTORED', message: expect.stringMatching(SENTENCE) as unknown },
      });
      const run = (...args: string[]) =>
        accord(args, { ...parcels.environment, ACCORD_SERVER: parcels.server });
      for (const args of [['get', 'Parcel'], ['doctor'], ['worker', PARCELS]]) {
        const { code, output } = await run(...args);
        expect(code, output).toBe(1);
        expect(output).toMatch(SENTENCE);
      }

      expect(await run('doctor', '--repair')).toMatchObject({
        code: 0,
        output: expect.stringMatching(/^\d+ objects will be synchronized again/) as unknown,
      });
      expect((await fetch(`${parcels.server}/readyz`)).status).toBe(200);
      const before = office.calls.length;
      await Promise.all([parcels.startWorker(), parcels.startWorker()]);
      const back = [kept, edited, dropped];
      await Promise.all(
        back.map((ref) =>
          parcels.until(
            ref,
            ({ state, generation }) => state === 'Synced' && generation > 1_000_000,
            'to be synced anew',
          ),
        ),
      );
      expect(back.map((ref) => lastCall(ref)?.name)).toEqual(['kept', 'edited', 'dropped']);
      for (const ref of back) expect(lastCall(ref)?.fence).toBeGreaterThan(fence);
      // Of what was begun since, Temporal still knows, and nothing comes of it.
      const fresh = await created('fresh');
      expect(fresh.id).toBeGreaterThan(Math.max(...office.calls.slice(0, before).map(({ id }) => id)));
      for (const ref of [orphan, gap.long, gap.waiting, gap.failing])
        await expect(parcels.api.get(ref)).rejects.toMatchObject({ status: 404 });
      await untilEnded(gap.long, gap.failing, gap.leaving);
      const unknown = new Set([orphan, gap.long, gap.waiting, gap.failing, gap.leaving].map(({ id }) => id));
      expect(office.calls.slice(before).filter(({ id }) => unknown.has(id))).toEqual([]);
      expect(faultsIn(office.calls)).toEqual([]);
      // Who followed the events goes on at the end of those that there are.
      await waitFor(
        'an event of after the repair',
        () => heard.find(({ object }) => object === workflowIdOf(fresh)),
        () => heard.slice(-3),
        60_000,
      );
      listening.abort();
      await following;
    },
  );
});

describe('a Postgres of which the folder was copied back', () => {
  test('is noticed by a server that has seen it further', { timeout: PATIENCE_MS }, async () => {
    const copy = join(dirname(parcels.cluster), 'copy');
    await parcels.stopPostgres();
    await execa('cp', ['-a', parcels.cluster, copy]);
    await parcels.startPostgres();
    const forgotten = await created('forgotten');
    await Promise.all(parcels.workers().map((worker) => worker.kill()));
    // It looks at each new connection, and with each sweep.
    await Promise.all(Array.from({ length: 40 }, () => parcels.api.get(forgotten)));
    await parcels.stopPostgres();
    await restore(parcels.cluster, copy);
    await parcels.startPostgres();

    const ready = (status: number) =>
      waitFor(
        `the server to answer ${status}`,
        async () => ((await fetch(`${parcels.server}/readyz`)).status === status ? true : undefined),
        async () => (await fetch(`${parcels.server}/readyz`)).text(),
      );
    await ready(503);
    await expect(create('too early')).rejects.toMatchObject({ code: 'E_RESTORED' });
    expect((await accord(['doctor', '--repair'], parcels.environment)).code).toBe(0);
    await ready(200);
    await parcels.startWorker();
    const fresh = await created('fresh again');
    expect(fresh.id).toBeGreaterThan(forgotten.id + 900_000);
    await expect(parcels.api.get(forgotten)).rejects.toMatchObject({ status: 404 });
    expect(faultsIn(office.calls)).toEqual([]);
  });
});

async function follow(heard: ApiEvent[], signal: AbortSignal): Promise<void> {
  for await (const event of followEvents({ server: parcels.server }, { signal })) heard.push(event);
}

/** Wait until no workflow of these is open. */
async function untilEnded(...refs: Ref[]): Promise<void> {
  const connection = await Connection.connect({ address: parcels.temporalAddress });
  try {
    const { workflow } = new Client({ connection });
    for (const ref of refs)
      await waitFor(
        `the workflow of ${workflowIdOf(ref)} to have ended`,
        async () => {
          const { status } = await workflow.getHandle(workflowIdOf(ref)).describe();
          return status.name === 'RUNNING' ? undefined : status.name;
        },
        undefined,
        60_000,
      );
  } finally {
    await connection.close();
  }
}
