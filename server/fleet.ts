import type { FastifyInstance } from 'fastify';
import type { ApiStates, ApiSummary, ApiSynchronizer } from '../client/operate-wire.ts';
import type { ApiList } from '../client/wire.ts';
import { readParked } from '../store/deliveries.ts';
import { endOfEvents } from '../store/events.ts';
import type { Store } from '../store/store.ts';
import { readCounts, readRootCauses, type Count } from '../store/summary.ts';
import { readSynchronizers } from '../store/synchronizers.ts';
import { spellCursor } from './event-view.ts';
import { shared } from './shared.ts';
import { spell, wordOf } from './view.ts';

const MOST_CAUSES = 100;
const MOST_PARKED = 100;

/** Serve what operators look at first: how many objects are in which state and why, and how synchronizers keep up. */
export function serveFleet(app: FastifyInstance, store: Store): void {
  const { database } = store;

  // Each open page asks every other second, and it is a look at all that there is.
  const summary = shared(async (): Promise<ApiSummary> => {
    // First the place, then the counts: what happens between is in both, and lost in neither.
    const cursor = spellCursor(await endOfEvents(database));
    const registry = await store.models();
    const counts = await readCounts(database);
    const causes = await readRootCauses(database, registry, MOST_CAUSES);
    return {
      total: sum(counts),
      states: statesOf(counts),
      models: [...Map.groupBy(counts, ({ model }) => model)].map(([model, its]) => ({
        model,
        total: sum(its),
        states: statesOf(its),
      })),
      causes: {
        count: causes.count,
        first: causes.first.map(({ model, id, since, next_attempt_at, ...rest }) => ({
          object: spell({ model, id }),
          ...rest,
          since: since.toISOString(),
          next_attempt_at: next_attempt_at?.toISOString() ?? null,
        })),
      },
      cursor,
    };
  });
  app.get('/xosapi/v1/accord/summary', summary);

  app.get('/xosapi/v1/accord/synchronizers', async (): Promise<ApiList<ApiSynchronizer>> => {
    const [synchronizers, parked] = [await readSynchronizers(database), await readParked(database)];
    return {
      items: synchronizers.map((synchronizer) => ({
        ...synchronizer,
        parked: parked
          .filter(({ watcher }) => synchronizer.watchers.some(({ name }) => name === watcher))
          .slice(0, MOST_PARKED)
          .map(({ id, watcher, object, event, error, at }) => ({
            id,
            watcher,
            object: spell(object),
            event,
            error,
            at: at.toISOString(),
          })),
      })),
    };
  });
}

const sum = (counts: readonly Count[]): number => counts.reduce((total, { count }) => total + count, 0);

function statesOf(counts: readonly Count[]): ApiStates {
  const states: Record<string, number> = {};
  for (const { count, ...state } of counts) {
    const word = wordOf(state);
    states[word] = (states[word] ?? 0) + count;
  }
  return states;
}
