import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { inject } from 'vitest';
import type { AnyStep } from '../../define/synchronizer.ts';
import type { ModelDefinition } from '../../model/definition.ts';
import { createStore, type Store } from '../../store/store.ts';
import { startWorker, type RunningWorker } from '../../worker/worker.ts';
import { createTestDatabase } from '../support/database.ts';
import { SETTINGS } from '../support/engine.ts';
import { field, link, model } from '../support/models.ts';

const fields = [
  field('n', { type: 'int32', default: 0 }),
  field('backend_handle', { state: 'feedback', nullable: true }),
];

/** Four models of two synchronizers: links across both, two links to one model, links to itself, a list of links. */
const FIRST = [
  model('Site', { fields, links: [link('parent', 'Site')] }),
  model('Net', { fields, links: [link('site', 'Site'), link('uplink', 'Net')] }),
];
const SECOND = [
  model('Host', { fields, links: [link('front', 'Net'), link('back', 'Net'), link('site', 'Site')] }),
  model('Service', {
    fields,
    links: [link('hosts', 'Host', { kind: 'manytomany' }), link('needs', 'Service')],
  }),
];

export const MODELS: readonly ModelDefinition[] = [...FIRST, ...SECOND];

export interface Installation {
  readonly store: Store;
  /** Stop a worker in good order and start another in its place. */
  readonly restart: (which: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Two synchronizers with a worker each, on a database of their own. */
export async function startInstallation(stepOf: (model: string) => AnyStep): Promise<Installation> {
  const { url, drop } = await createTestDatabase().then((database) => ({
    url: database.url,
    drop: () => database.drop(),
  }));
  const store = createStore({ databaseUrl: url, connections: 30 });
  await store.ensureSchema();
  await store.database.query(
    `alter sequence object_ids restart with ${1 + Math.floor(Math.random() * 1e12)}`,
  );
  const suffix = randomBytes(4).toString('hex');
  const start = (name: string, models: readonly ModelDefinition[]): Promise<RunningWorker> =>
    startWorker({
      // The second is registered with all models: links need their peers. It brings steps for its own alone.
      synchronizer: {
        name: `${name}-${suffix}`,
        folder: '/nowhere',
        models: name === 'first' ? FIRST : MODELS,
        steps: new Map(models.map((one) => [one.name, stepOf(one.name)])),
        modelDeps: new Map(),
        policies: new Map(),
        watchers: new Map(),
        pollers: new Map(),
      },
      store,
      temporal: { address: inject('temporalAddress'), namespace: 'default' },
      log: pino({ level: process.env['TEST_LOG'] ?? 'silent' }, pino.destination(2)),
      settings: SETTINGS,
      slots: 20,
      sysDir: '/nowhere',
      ansible: undefined,
      shutdownMs: 2_000,
      sweepMs: 1_000,
    });
  const workers = [await start('first', FIRST), await start('second', SECOND)];
  let turn = Promise.resolve();
  return {
    store,
    restart(which) {
      // Several lives may want it at once.
      turn = turn.then(async () => {
        const at = which % 2;
        await workers[at]?.stop();
        workers[at] = await (at === 0 ? start('first', FIRST) : start('second', SECOND));
      });
      return turn;
    },
    async stop() {
      await Promise.all(workers.map((worker) => worker.stop()));
      await store.close();
      await drop();
    },
  };
}
