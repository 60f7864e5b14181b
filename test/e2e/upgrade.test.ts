import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Ref } from '../../model/definition.ts';
import { BUILT_WORKFLOWS } from '../../worker/build-manifest.ts';
import { workflowIdOf } from '../../workflows/messages.ts';
import { createNamespace, type TestNamespace } from '../support/namespace.ts';
import { waitFor } from '../support/wait-for.ts';
import { accord, startAccord, type AccordProcess } from './accord.ts';
import { beginWork, faultsIn } from './amid-work.ts';
import { startInstallation, type Installation } from './installation.ts';
import { openPostOffice, type PostOffice } from './post-office.ts';

const PARCELS = fileURLToPath(new URL('./parcels', import.meta.url));
const PATIENCE_MS = 240_000;

let office: PostOffice;
let temporal: TestNamespace;
let parcels: Installation;
let environment: Record<string, string>;
let nextVersion: string;
let next: AccordProcess | undefined;

beforeAll(async () => {
  office = await openPostOffice();
  temporal = await createNamespace();
  environment = {
    PARCELS_BACKEND: office.url,
    ACCORD_LEASE_MS: '4000',
    ACCORD_RENEW_MS: '500',
    ACCORD_HEARTBEAT_MS: '4000',
    ACCORD_RETRY_INITIAL_MS: '1000',
    ACCORD_RETRY_MAX_MS: '4000',
    ACCORD_SWEEP_MS: '3000',
  };
  parcels = await startInstallation({ folder: PARCELS, temporal, environment });
  nextVersion = await buildWithOtherWorkflows();
}, PATIENCE_MS);
afterAll(async () => {
  await next?.stop();
  await parcels.stop();
  await temporal.close();
  await office.close();
  await rm(nextVersion, { recursive: true, force: true });
}, PATIENCE_MS);

/** The synchronizer as a version of Accord would run it whose workflows do something else than those of today. */
async function buildWithOtherWorkflows(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'accord-next-'));
  const built = await accord(['build', PARCELS, '--output', folder]);
  expect(built.code, built.output).toBe(0);
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../workflows/changed.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR', () => undefined),
  });
  await writeFile(join(folder, BUILT_WORKFLOWS), code);
  return folder;
}

/** Events of a run that was started without a signal, once it has begun what it found: four until its first task is done. */
const LOOKED = 5;

/** The open run of an object's workflow, once it has something to be followed. */
const runOf = (ref: Ref): Promise<string> =>
  waitFor(
    `a run of ${workflowIdOf(ref)}, which has looked`,
    async () => {
      const run = await temporal.client.workflow
        .getHandle(workflowIdOf(ref))
        .describe()
        .catch(() => undefined);
      return run?.status.name === 'RUNNING' && run.historyLength >= LOOKED ? run.runId : undefined;
    },
    undefined,
    60_000,
  );

test(
  'workflows that a new version cannot follow end, and their objects come to their goals all the same',
  { timeout: PATIENCE_MS },
  async () => {
    const work = await beginWork(parcels, office, 'old');
    const refs = [work.long, work.waiting, work.failing, work.leaving];
    const runs = await Promise.all(refs.map(runOf));

    // Beside the old one, which is stopped then; amid its work, and without a word.
    next = await startAccord(['worker', nextVersion], {
      ...environment,
      DATABASE_URL: parcels.databaseUrl,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
    });
    await next.said(/worker is ready/);
    await Promise.all(parcels.workers.map((worker) => worker.kill()));
    await work.finish();
    expect(faultsIn(office.calls)).toEqual([]);

    for (const [at, ref] of refs.entries()) {
      const old = temporal.client.workflow.getHandle(workflowIdOf(ref), runs[at]);
      await waitFor(`the old run of ${workflowIdOf(ref)} to have failed`, async () =>
        (await old.describe()).status.name === 'FAILED' ? true : undefined,
      );
      await expect(old.result()).rejects.toMatchObject({
        cause: { message: expect.stringContaining('TMPRL1100') as unknown },
      });
    }
  },
);
