/**
 * Record the histories that replay.test.ts replays: `node test/workflows/record.ts [LIFE…]`, by default of all lives.
 *
 * Run it by hand, after a change of workflows/ that old histories cannot follow. Each life below is lived by the real
 * engine on a Postgres and a Temporal of its own, and what Temporal has of it goes to `histories/<life>.json`.
 */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { pino } from 'pino';
import { startPostgres } from '../../platform/postgres.ts';
import { startTemporal } from '../../platform/temporal.ts';
import { createStore } from '../../store/store.ts';
import { startWorker } from '../../worker/worker.ts';
import { waitFor } from '../support/wait-for.ts';
import { LIVES, synchronizerOf, type Lived } from './lives.ts';
import { createBackend } from '../support/backend.ts';

const HISTORIES = new URL('./histories/', import.meta.url);
/** Low, so that a workflow continues as new after a few events: histories are to be small. */
const EVENTS_SUGGESTED = 40;

const folder = await mkdtemp(join(tmpdir(), 'accord-record-'));
// The user that runs Postgres for root must be able to enter.
await chmod(folder, 0o711);
const postgres = await startPostgres({ dir: join(folder, 'postgres'), durable: false });
const temporal = await startTemporal({
  dir: join(folder, 'temporal'),
  headless: true,
  dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': EVENTS_SUGGESTED },
});
const store = createStore({ databaseUrl: postgres.url });
const backend = createBackend();
const worker = await startWorker({
  synchronizer: synchronizerOf(backend),
  store,
  temporal: { address: temporal.address, namespace: 'default' },
  log: pino({ level: 'silent' }),
  settings: {
    leaseMs: 5_000,
    renewMs: 300,
    heartbeatMs: 5_000,
    deferralMs: 300,
    retry: { initialMs: 200, factor: 2, maxMs: 2_000 },
    graceMs: 1_000,
  },
  slots: 20,
  sysDir: folder,
  ansible: undefined,
  shutdownMs: 2_000,
  sweepMs: 60_000,
});
const connection = await Connection.connect({ address: temporal.address });
const client = new Client({ connection });

try {
  const wanted = process.argv.slice(2);
  for (const [life, live] of Object.entries(LIVES)) {
    if (wanted.length > 0 && !wanted.includes(life)) continue;
    const handle = await live({ store, backend, client } satisfies Lived);
    await keep(life, handle);
    backend.reset();
  }
} finally {
  await worker.stop();
  await connection.close();
  await store.close();
  await temporal.stop();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
  await rm(postgres.folder, { recursive: true, force: true });
}

/** Write down what Temporal has of a run, once that has ended. */
async function keep(life: string, handle: WorkflowHandle): Promise<void> {
  const history = await waitFor(`${life} to be over`, async () => {
    const seen = await handle.fetchHistory();
    const last = seen.events?.at(-1);
    const isOver =
      last?.workflowExecutionCompletedEventAttributes ?? last?.workflowExecutionContinuedAsNewEventAttributes;
    return isOver == null ? undefined : seen;
  });
  const text = historyToJSON(history);
  const anonymous = withoutMachine(JSON.parse(text));
  await writeFile(new URL(`${life}.json`, HISTORIES), `${JSON.stringify(anonymous, null, 1)}\n`);
  console.log(`${life}: ${history.events?.length} events`);
}

/** Where it was recorded is nobody's business. */
function withoutMachine(value: unknown, key = ''): unknown {
  if (typeof value === 'string') {
    if (key === 'identity') return 'recorder';
    return value.replaceAll(worker.name, 'recorder');
  }
  if (Array.isArray(value)) return value.map((one) => withoutMachine(one));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withoutMachine(part, name)]));
}
