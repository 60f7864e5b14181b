import { describe, expect, test } from 'vitest';
import { renewLease, type Fence } from '../../../store/attempts.ts';
import type { Database } from '../../../store/database.ts';
import { pause, release, resume, type HoldTarget } from '../../../store/holds.ts';
import { claimErrands, claimOutbox, forgetRows } from '../../../store/outbox.ts';
import { prepare } from '../../../store/prepare.ts';
import { beginSlowly } from '../../support/begin.ts';
import {
  inManner,
  moment,
  openArena,
  play,
  race,
  valueOf,
  type Arena,
  type Edit,
  type StatementEdit,
} from './arena.ts';

const ME = { name: 'a test' };

/** Between the look for whom the end of a pause concerns and its commit: long enough for all that a writer does. */
const RESUMING = { pauseAfter: ['tell_errand'], pauseMs: 40 };
/** Between the pause that is written, the look for what is under way, and the commit. */
const PAUSING = { pauseAfter: ['into pauses', 'stop_covered'] };

describe('what is written while a pause ends', () => {
  /** Look for what was held in the transaction that ends the pause: what it does not see yet is still held for others. */
  const RELEASED_WITHIN: StatementEdit = {
    replace: "select tell_errand('release', $1)",
    by: `select release_covered(split_part($1, ':', 1), split_part($1, ':', 2))`,
  };

  test('is synchronized', async () => {
    const { asleep, told } = await endings();
    expect(asleep).toBeUndefined();
    expect(told).toBeGreaterThan(0);
  });

  test('would stay held for ever, if who ends the pause looked for it at once', async () => {
    expect((await endings(RELEASED_WITHIN, 'asleep')).asleep).toBeGreaterThan(0);
  });

  async function endings(edit?: StatementEdit, until?: 'asleep') {
    const arena = await openArena([]);
    const { database, store } = arena;
    const round = async (): Promise<'asleep' | 'told'> => {
      const target: HoldTarget = { scope: 'model', name: 'Thing' };
      await pauseNow(arena, target);
      const seen: string[] = [];
      const sides = await race(
        async () => {
          const registry = await store.models();
          await inManner(database, { ...RESUMING, edit }, (said) => resume(said, registry, ME, target));
        },
        async () => {
          await moment(20);
          await store.write(ME, (tx) => tx.create('Thing', {}));
          seen.push(...(await relay(database)));
        },
      );
      sides.forEach((side) => valueOf<unknown>(side));
      seen.push(...(await relay(database)));
      // Else the pauses of later rounds would be about it, too.
      await database.query('update objects set enacted = generation');
      return seen.includes('sync') ? 'told' : 'asleep';
    };
    // The outbox is everybody's, and so is the pause: rounds are played one after the other.
    const counts = await play(round, until, 1);
    await arena.close();
    return counts;
  }

  /** Run errands, and look at each object that is to be told as its workflow does. */
  async function relay(database: Database): Promise<string[]> {
    for (const { kind, subject, rows } of await claimErrands(database, 100)) {
      expect(kind).toBe('release');
      await release(database, subject ?? '');
      await forgetRows(database, rows);
    }
    const decisions: string[] = [];
    for (const claim of await claimOutbox(database, 100)) {
      if (!claim.isMoot) decisions.push((await prepare(database, claim.id)).decision);
      await forgetRows(database, claim.rows);
    }
    return decisions;
  }
});

describe('an attempt that begins while a pause begins', () => {
  /** Go on with what the workflow was told to do, and only see that nothing else is in the way. */
  const WITHOUT_ANOTHER_LOOK: Edit = {
    function: 'load_attempt',
    replace: 'o.backend_need_reap or at_rest(o) then',
    by: 'o.backend_need_reap then',
  };
  /** Look whether it is paused when the attempt begins, and not when its lease is renewed. */
  const RENEWED_WITHOUT_A_LOOK: Edit = {
    function: 'renew_lease',
    replace: 'is_stopped(o)',
    by: 'false',
  };

  test('does nothing, or is stopped before long', async () => {
    const counts = await beginnings([]);
    expect(Object.keys(counts).sort()).toEqual(['did nothing', 'stopped']);
  });

  test('would go on although the pause has begun, if it did not look again', async () => {
    expect((await beginnings([WITHOUT_ANOTHER_LOOK], 'went on'))['went on']).toBeGreaterThan(0);
  });

  test('would go on when the pause begins a moment later, if a renewal did not look', async () => {
    expect((await beginnings([RENEWED_WITHOUT_A_LOOK], 'never stopped'))['never stopped']).toBeGreaterThan(0);
  });

  type Result = 'did nothing' | 'stopped' | 'went on' | 'never stopped';

  async function beginnings(edits: readonly Edit[], until?: Result) {
    const arena = await openArena(edits);
    const counts = await play(() => begin(arena), until);
    await arena.close();
    return counts;
  }

  async function begin(arena: Arena): Promise<Result> {
    const { database } = arena;
    const [row] = await database.query<{ id: number }>(
      "insert into objects (model) values ('Thing') returning id",
    );
    const id = row?.id ?? 0;
    const prepared = await prepare(database, id);
    if (prepared.decision !== 'sync') throw new Error(`it is told to ${prepared.decision}`);
    const fence: Fence = { id, token: prepared.token, attempt: 1 };

    let hasBegun = false;
    const [paused, attempt] = await race(
      async () => {
        await pauseNow(arena, { scope: 'object', name: String(id) });
        hasBegun = true;
      },
      async () => {
        let wasPaused = false;
        const loaded = await beginSlowly(database, fence, async () => {
          await moment(20);
          wasPaused = hasBegun;
        });
        return { wasPaused, decision: loaded?.decision };
      },
    );
    valueOf<unknown>(paused);
    const { wasPaused, decision } = valueOf(attempt);
    if (decision === 'nothing') return 'did nothing';
    if (wasPaused) return 'went on';
    return (await renewLease(database, fence, 30_000))?.resting === true ? 'stopped' : 'never stopped';
  }
});

async function pauseNow({ database, store }: Arena, target: HoldTarget): Promise<void> {
  const registry = await store.models();
  await inManner(database, PAUSING, (said) => pause(said, registry, ME, target, { reason: '' }));
}
