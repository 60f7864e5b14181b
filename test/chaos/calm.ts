import { createClient } from '../../client/http.ts';
import type { Database } from '../../store/database.ts';
import { waitFor } from '../support/wait-for.ts';
import type { BackEnd } from './back-end.ts';

/** What was seen when nobody struck any more. */
export interface Calm {
  /** Calls that the back end did not answer, at the same time; and attempts for which the workers have room. */
  readonly hanging: number;
  readonly slots: number;
  /** Until all of another step were synchronized beside them; null: they were not. @format milliseconds */
  readonly othersMs: number | null;
  /** What the sweep has found since all was at rest. */
  readonly found: number;
}

export interface CalmOptions {
  readonly database: Database;
  readonly server: string;
  readonly backEnd: Pick<BackEnd, 'hang' | 'letGo' | 'hanging'>;
  /** Attempts for which all workers have room together. */
  readonly slots: number;
  /** Wait until nothing is left to be done. */
  readonly settle: () => Promise<boolean>;
}

/** More than may be under way: what is over waits for a place. */
const MORE = 1.4;
const OTHERS = 20;
/** So many of the slots must have hung at once, or nothing is shown by it. Some attempts may just be changing hands. */
const LEAST = 1 / 3;
const PATIENCE_MS = 60_000;

/**
 * Have more of one step hang than there are slots, and ask for objects of another step meanwhile. Then let go.
 *
 * Begins and ends with all at rest, and with every process healthy: so the sweep has nothing to find.
 */
export async function liveInCalm({ database, server, backEnd, slots, settle }: CalmOptions): Promise<Calm> {
  const client = createClient({ server, timeoutMs: 10_000 });
  const foundBefore = await findsOf(database);
  backEnd.hang();
  const names = Array.from({ length: Math.ceil(slots * MORE) }, (_, index) => `hanging ${index}`);
  for (const name of names) await client.create('Part', { name, n: 1, needs_ids: [] });
  // No step takes more than half of the slots of a worker.
  const mayHang = Math.floor(slots / 2);
  await waitFor(
    'as many to hang as may',
    () => (backEnd.hanging() >= mayHang ? true : undefined),
    () => backEnd.hanging(),
    PATIENCE_MS,
  ).catch(() => undefined);
  const hanging = backEnd.hanging();

  const startedAt = performance.now();
  for (let index = 0; index < OTHERS; index += 1) await client.create('Note', { name: `note ${index}` });
  const others = await waitFor(
    'what does not hang to be synchronized',
    async () => ((await leftOf(database, 'Note')) === 0 ? performance.now() : undefined),
    undefined,
    PATIENCE_MS,
  ).catch(() => null);
  backEnd.letGo();
  await settle();
  return {
    hanging,
    slots,
    othersMs: others === null ? null : Math.round(others - startedAt),
    found: (await findsOf(database)) - foundBefore,
  };
}

/** Promises 5 and 6, as far as they can be judged when nobody strikes: broken ones, as sentences. */
export function judgeCalm({ hanging, slots, othersMs, found }: Calm): string[] {
  return [
    ...(hanging >= slots * LEAST ? [] : [`only ${hanging} calls hung, of ${slots} slots`]),
    ...(othersMs === null
      ? [`while ${hanging} calls hung, objects of another step were not synchronized`]
      : []),
    ...(found === 0 ? [] : [`with every process healthy, the sweep found ${found} times what nobody did`]),
  ];
}

async function leftOf(database: Database, model: string): Promise<number> {
  const [row] = await database.query<{ left: number }>(
    'select count(*)::int as left from objects where model = $1 and enacted is distinct from generation',
    [model],
  );
  return row?.left ?? 0;
}

export async function findsOf(database: Database): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    "select count(*)::int as count from events where kind = 'found by the sweep'",
  );
  return row?.count ?? 0;
}
