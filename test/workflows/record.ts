/**
 * Record the histories that replay.test.ts replays: `node test/workflows/record.ts [LIFE…]`, by default of all lives.
 *
 * Run it by hand, after a change of workflows/ that old histories cannot follow. Each life below is lived by the real
 * engine on a Postgres and a Temporal of its own, and what Temporal has of it goes to `histories/<life>.json`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { freePort } from '../../platform/ports.ts';
import { startPostgres } from '../../platform/postgres.ts';
import { startTemporal } from '../../platform/temporal.ts';
import { createStore } from '../../store/store.ts';
import { buildGate } from '../e2e/gate.ts';
import { createBackend } from '../support/backend.ts';
import { waitFor } from '../support/wait-for.ts';
import { LIVES, type Lived } from './lives.ts';
import { startRecorder } from './recorder.ts';

const HISTORIES = new URL('./histories/', import.meta.url);
/** The name of a worker: its machine and its process. */
const WORKER = new RegExp(`${hostname().replace(/[^\w-]/g, '.')}:\\d+(#\\d+)?`, 'g');
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
const url = new URL(postgres.url);
const gate = buildGate(await freePort(), { host: url.hostname, port: Number(url.port) });
await gate.open();
url.host = `127.0.0.1:${gate.port}`;
const store = createStore({ databaseUrl: url.href });
const backend = createBackend();
let worker = await startRecorder(store, temporal.address, backend);
const connection = await Connection.connect({ address: temporal.address });
const client = new Client({ connection });

const where: Lived = {
  store,
  backend,
  client,
  async withoutDatabase(work) {
    await gate.shut();
    await work();
    await gate.open();
  },
  async withDoomedWorker(work) {
    await worker.stop();
    const script = fileURLToPath(new URL('./doomed.ts', import.meta.url));
    const doomed = spawn(process.execPath, [script, postgres.url, temporal.address], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      await once(doomed.stdout, 'data');
      await work();
    } finally {
      doomed.kill('SIGKILL');
      await once(doomed, 'exit');
    }
    worker = await startRecorder(store, temporal.address, backend);
  },
};

const wanted = process.argv.slice(2);
try {
  for (const [life, live] of Object.entries(LIVES)) {
    if (wanted.length > 0 && !wanted.includes(life)) continue;
    await keep(life, await live(where));
    backend.reset();
  }
} finally {
  await worker.stop();
  await connection.close();
  await store.close();
  await gate.shut();
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
    // It names the folders of this machine.
    if (key === 'stackTrace') return '';
    return value.replaceAll(WORKER, 'recorder');
  }
  if (Array.isArray(value)) return value.map((one) => withoutMachine(one));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withoutMachine(part, name)]));
}
