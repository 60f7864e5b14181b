import { describe, expect, test } from 'vitest';
import { recordSynced, type Fence } from '../../../store/attempts.ts';
import type { Database } from '../../../store/database.ts';
import { claimOutbox, forgetRows, type Claim } from '../../../store/outbox.ts';
import { prepare } from '../../../store/prepare.ts';
import { begin } from '../../support/begin.ts';
import { moment, openArena, PAUSE, play, race, valueOf, type Edit } from './arena.ts';

const MANY = 8;

/** How a relay takes rows from the outbox, and lets go of them. */
interface Relaying {
  readonly edits?: readonly Edit[];
  /** Somebody changes the object meanwhile. */
  readonly isChanged?: boolean;
  readonly claim: (database: Database) => Promise<Claim[]>;
  readonly forget: (database: Database, claim: Claim) => Promise<unknown>;
}

/** Between the end of a wait and the look who else is waited for. */
const PAUSED: Edit = {
  function: 'release_waiters',
  replace: '  insert into outbox',
  by: `  ${PAUSE}\n  insert into outbox`,
};

const AS_IT_IS: Relaying = {
  edits: [PAUSED],
  claim: (database) => claimOutbox(database, 100),
  forget: (database, { rows }) => forgetRows(database, rows),
};

/** Two that end at the same time each see what the other one is about to end. */
const SEEING_ALL: Relaying = {
  ...AS_IT_IS,
  edits: [
    { ...PAUSED, by: '  perform pg_sleep(0.01);\n  insert into outbox' },
    { function: 'release_waiters', replace: ' for key share skip locked', by: '' },
  ],
};

/** Look who waits in a statement before the claim: by then, what they waited for may be synchronized. */
const LOOKING_FIRST: Relaying = {
  ...AS_IT_IS,
  edits: [
    {
      function: 'claim_outbox',
      replace: 'exists (select 1 from waits w where w.waiter = o.id)) as is_moot',
      by: `current_setting('accord.waiting')::jsonb ? o.id::text) as is_moot`,
    },
  ],
  claim: (database) =>
    database.transaction(async (tx) => {
      await tx.query(
        `select set_config('accord.waiting', coalesce(jsonb_object_agg(waiter, true), '{}')::text, true) from waits`,
      );
      await moment();
      return claimOutbox({ ...database, repeat: (_, text, values) => tx.query(text, values) }, 100);
    }),
};

/** Forget all that the outbox says of an object by then, and not only what was claimed. */
const FORGETTING_ALL: Relaying = {
  ...AS_IT_IS,
  isChanged: true,
  forget: async (database, { id }) => {
    await moment();
    await database.query('delete from outbox where object_id = $1', [id]);
  },
};

describe('an object that waits for many, all of which are synchronized at once', () => {
  test.each([
    ['', AS_IT_IS],
    [', also when it is changed meanwhile', { ...AS_IT_IS, isChanged: true }],
  ])('goes on, although only the last tells%s', async (_, how) => {
    const { asleep, woken } = await fansIn(how);
    expect(asleep).toBeUndefined();
    expect(woken).toBeGreaterThan(0);
  });

  test('would sleep on, if each of two that end at once left it to the other', async () => {
    expect((await fansIn(SEEING_ALL, 'asleep')).asleep).toBeGreaterThan(0);
  });

  test('would sleep on, if a relay looked who waits before it claimed', async () => {
    expect((await fansIn(LOOKING_FIRST, 'asleep')).asleep).toBeGreaterThan(0);
  });

  test('would sleep on, if a relay forgot rows that it has not claimed', async () => {
    expect((await fansIn(FORGETTING_ALL, 'asleep')).asleep).toBeGreaterThan(0);
  });
});

test('an object that waits for many is signalled once, when the last of them is synchronized', async () => {
  const arena = await openArena([]);
  const { database } = arena;
  const { object, endings } = await waiterOfMany(database);
  const signals: string[][] = [];
  for (const end of endings) {
    await end();
    signals.push(await relay(database, AS_IT_IS));
  }
  expect(signals.flat()).toEqual(['sync']);
  expect(signals.at(-1)).toEqual(['sync']);
  expect(await database.query('select 1 from outbox where object_id = $1', [object])).toEqual([]);
  await arena.close();
});

async function fansIn(how: Relaying, until?: 'asleep') {
  const arena = await openArena(how.edits ?? []);
  const { database } = arena;
  const round = async (): Promise<'asleep' | 'woken'> => {
    const { object, endings } = await waiterOfMany(database);
    let open = endings.length;
    const change = async (): Promise<void> => {
      if (how.isChanged === true) await database.query("select tell($1, 'changed', 3::smallint)", [object]);
    };
    const decisions: string[] = [];
    const relays = async (): Promise<void> => {
      while (open > 0) decisions.push(...(await relay(database, how)));
    };
    const sides = await race(
      relays,
      relays,
      ...Array.from({ length: 4 }, () => change),
      ...endings.map((end) => () => end().finally(() => (open -= 1))),
    );
    sides.forEach((side) => valueOf<unknown>(side));
    // What came after their last look.
    decisions.push(...(await relay(database, how)));
    return decisions.includes('sync') ? 'woken' : 'asleep';
  };
  // The outbox is everybody's: so rounds are played one after the other.
  const counts = await play(round, until, 1);
  await arena.close();
  return counts;
}

/** Claim what is due, look at each object that is to be told as its workflow does, and forget. */
async function relay(database: Database, { claim, forget }: Relaying): Promise<string[]> {
  const decisions: string[] = [];
  for (const claimed of await claim(database)) {
    if (!claimed.isMoot) decisions.push((await prepare(database, claimed.id)).decision);
    await forget(database, claimed);
  }
  return decisions;
}

/** An object that waits for many, each with an attempt that only has to record its success. */
async function waiterOfMany(
  database: Database,
): Promise<{ object: number; endings: (() => Promise<unknown>)[] }> {
  const rows = await database.query<{ id: number }>(
    `insert into objects (model) select 'Thing' from generate_series(0, $1) returning id`,
    [MANY],
  );
  const [object = 0, ...others] = rows.map(({ id }) => id);
  await database.query(`insert into links (src, field, dst) select $1, 'one', unnest($2::bigint[])`, [
    object,
    others,
  ]);
  expect((await prepare(database, object)).decision).toBe('wait');
  const endings = others.map(async (id) => {
    const fence: Fence = { id, token: 1, attempt: 1 };
    const loaded = await begin(database, fence);
    return () => recordSynced(database, fence, { loaded, feedback: {}, summary: null });
  });
  return { object, endings: await Promise.all(endings) };
}
