import { createClient, ServerUnavailable } from '../../client/http.ts';
import { ApiError } from '../../client/request.ts';
import type { Random } from '../random/random.ts';
import type { BackEnd } from './back-end.ts';
import { lastHeard, type People, type Wanted } from './people.ts';

/** Somebody who looks at what is shown while all goes on, and compares it with what the back end has done. */
export interface Onlooker {
  look(): Promise<void>;
  /** Objects that were shown as Synced, and as gone. */
  seen(): { readonly synced: number; readonly gone: number };
  /** Broken promises, as sentences. */
  readonly problems: readonly string[];
}

/** Objects of one look. */
const LOOK = 50;

export function createOnlooker(
  servers: readonly string[],
  random: Random,
  people: People,
  backEnd: Pick<BackEnd, 'hasMade' | 'mayHave'>,
): Onlooker {
  const clients = servers.map((server) => createClient({ server, timeoutMs: 5_000 }));
  const problems: string[] = [];
  const seen = { synced: 0, gone: 0 };
  const last = (): number => people.wanted.findLast(({ id }) => id !== undefined)?.id ?? 0;

  /** Synced: the back end had said so before this was shown, and it is no goal of the past. */
  async function lookAtSynced(): Promise<void> {
    const client = random.pick(clients);
    const after = random.int(last() + 1);
    const askedAt = Date.now();
    const shown = (await client?.list('Part', { state: ['Synced'], after, limit: LOOK })) ?? [];
    // What has changed since it was chosen is shown as it is now.
    for (const { id, n } of shown.filter(({ state }) => state === 'Synced')) {
      seen.synced += 1;
      const goals = people.byId.get(id)?.goals ?? [];
      const isOld = goals.slice(0, Math.max(lastHeard(goals, askedAt), 0)).some((goal) => goal.n === n);
      if (isOld) problems.push(`Part/${id} was shown as n = ${String(n)}, after another was accepted`);
      if (!backEnd.hasMade(id, Number(n)))
        problems.push(`Part/${id} was shown as Synced with n = ${String(n)}, which was never made`);
    }
  }

  /** Gone: somebody had asked for that, and the back end had said so before. */
  async function lookForGone(one: Wanted): Promise<void> {
    const { id = 0 } = one;
    try {
      await random.pick(clients)?.get({ model: 'Part', id });
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
      seen.gone += 1;
      if (!people.isLeaving(one)) problems.push(`Part/${id} was accepted, and is gone`);
      if (backEnd.mayHave(id))
        problems.push(`Part/${id} was shown as gone before the back end had confirmed that`);
    }
  }

  return {
    problems,
    seen: () => seen,
    async look() {
      try {
        await lookAtSynced();
        const [any, marked] = [random.pick(people.wanted), random.pick([...people.marked])];
        if (any?.id !== undefined) await lookForGone(any);
        const one = people.byId.get(marked ?? 0);
        if (one !== undefined) await lookForGone(one);
      } catch (error) {
        // Who cannot be asked shows nothing.
        if (!(error instanceof ServerUnavailable) && !(error instanceof ApiError && error.status >= 500))
          throw error;
      }
    },
  };
}
