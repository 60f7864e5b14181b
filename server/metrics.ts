import type { FastifyInstance } from 'fastify';
import { readBacklog, readHappened, startCounting, type Backlog, type Counted } from '../store/metrics.ts';
import type { Store } from '../store/store.ts';
import { readCounts, type Count } from '../store/summary.ts';
import { CONTENT_TYPE, renderMetrics, type Labels, type Metric, type Sample } from './prometheus.ts';
import { BOUNDS, createTally } from './tally.ts';
import { wordOf } from './view.ts';

/** However many ask: the database is not asked more often. */
const FRESH_MS = 2_000;

/**
 * Serve `GET /metrics` for Prometheus.
 *
 * All of it is about the installation and read from the database, so that each server says the same; but for what is
 * counted, which each counts from when it was first asked.
 */
export function serveMetrics(app: FastifyInstance, store: Store, hasTemporal?: () => boolean): void {
  const tally = createTally();
  let counted: Counted | undefined;

  async function read(): Promise<string> {
    const { database } = store;
    if (counted === undefined) counted = await startCounting(database);
    else {
      const happened = await readHappened(database, counted, BOUNDS);
      tally.add(happened);
      counted = happened;
    }
    const counts = await readCounts(database);
    const backlog = await readBacklog(database);
    return renderMetrics([
      ...fleetMetrics(counts),
      ...backlogMetrics(backlog),
      ...tally.metrics(),
      ...processMetrics(hasTemporal),
    ]);
  }

  let last: { readonly at: number; readonly text: Promise<string> } | undefined;
  app.get('/metrics', async (_request, reply) => {
    if (last === undefined || performance.now() - last.at > FRESH_MS) {
      // One after the other, or what has happened would be counted twice.
      const text = (last?.text ?? Promise.resolve('')).catch(() => '').then(read);
      last = { at: performance.now(), text };
    }
    return reply.type(CONTENT_TYPE).send(await last.text);
  });
}

function fleetMetrics(counts: readonly Count[]): Metric[] {
  const samples = new Map<string, Sample>();
  for (const { model, count, ...state } of counts) {
    const labels = { model, state: wordOf(state) };
    const key = JSON.stringify(labels);
    samples.set(key, { labels, value: (samples.get(key)?.value ?? 0) + count });
  }
  return [
    gauge('accord_objects', 'Objects by model and by the state that they are shown in.', [
      ...samples.values(),
    ]),
  ];
}

function backlogMetrics({ models, outbox, watchers, workers, sweep }: Backlog): Metric[] {
  const by = <T>(rows: readonly T[], labels: (row: T) => Labels, value: (row: T) => number): Sample[] =>
    rows.map((row) => ({ labels: labels(row), value: value(row) }));
  const model = (row: Backlog['models'][number]): Labels => ({ model: row.model });
  const kind = (row: Backlog['outbox'][number]): Labels => ({ kind: row.kind });
  const watcher = (row: Backlog['watchers'][number]): Labels => ({ watcher: row.watcher });
  const late = Math.max(0, ...outbox.map((row) => row.late));
  return [
    gauge(
      'accord_oldest_dirty_seconds',
      'For how long the object has had something to be done that has waited longest; what is paused, stalled or disabled is left out.',
      by(models, model, (row) => row.oldest),
    ),
    gauge(
      'accord_retries',
      'Objects that are tried again after a failure.',
      by(models, model, (row) => row.retries),
    ),
    gauge(
      'accord_outbox_depth',
      'What relays have yet to tell, or to do.',
      by(outbox, kind, (row) => row.depth),
    ),
    gauge(
      'accord_outbox_oldest_seconds',
      'For how long the first of it has been due.',
      by(outbox, kind, (row) => row.oldest),
    ),
    gauge(
      'accord_relay_lag_seconds',
      'For how long something has been due, while relays have taken nothing of its synchronizer.',
      [{ labels: {}, value: late }],
    ),
    gauge(
      'accord_events_behind',
      'Events that a watcher has yet to be given.',
      by(watchers, watcher, (row) => row.behind),
    ),
    gauge(
      'accord_events_parked',
      'Events that were given up after failures.',
      by(watchers, watcher, (row) => row.parked),
    ),
    gauge(
      'accord_workers',
      'Workers that have said within the last minute that they live.',
      by(
        workers,
        (row) => ({ synchronizer: row.synchronizer }),
        (row) => row.count,
      ),
    ),
    gauge(
      'accord_sweep_age_seconds',
      'Since the last sweep.',
      sweep === null ? [] : [{ labels: {}, value: sweep }],
    ),
  ];
}

function processMetrics(hasTemporal?: () => boolean): Metric[] {
  const { user, system } = process.cpuUsage();
  const temporal = hasTemporal === undefined ? [] : [{ labels: {}, value: hasTemporal() ? 1 : 0 }];
  return [
    gauge('accord_temporal_up', 'Does Temporal take what the relay of this server sends?', temporal),
    gauge('process_resident_memory_bytes', 'Memory of this server.', [
      { labels: {}, value: process.memoryUsage.rss() },
    ]),
    {
      name: 'process_cpu_seconds_total',
      type: 'counter',
      help: 'Time of processors that this server has used.',
      samples: [{ labels: {}, value: (user + system) / 1e6 }],
    },
  ];
}

function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, type: 'gauge', help, samples };
}
