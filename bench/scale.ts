import { setTimeout as sleep } from 'node:timers/promises';
import { NOTHING, SLOTS } from './engine-lab.ts';
import type { Scenario } from './engine.ts';
import { amount, ratio, type Figure } from './figure.ts';
import { create, load, namesOf, rest, timed } from './loads.ts';

/** What few objects cost each, so that many can be compared with them. */
const FEW = 1_000;
/** So many wait at once. */
const MANY = 10_000;
/** A worker with 4 GB of heap keeps some more than these in memory. */
const ALL_KEPT = 2_000;

/** An idle connection says after ten seconds what it has written. */
const COUNTED_MS = 11_000;

/** How it grows, and what it takes. */
export const SCALE: Readonly<Record<string, Scenario>> = {
  async growth(lab, { size, rounds }) {
    const large = Math.max(size, 5 * FEW);
    const costOf = async (count: number): Promise<number> => {
      lab.cpu.read();
      await load(lab, count);
      await rest();
      return Object.values(lab.cpu.read()).reduce((total, ms) => total + ms, 0) / count;
    };
    await load(lab, FEW);
    const ratios: number[] = [];
    let notes = '';
    for (let round = 0; round < Math.min(rounds, 2); round += 1) {
      // On both sides, so that what only changes with time counts for both.
      const before = await costOf(FEW);
      const many = await costOf(large);
      const after = await costOf(FEW);
      ratios.push(many / ((before + after) / 2));
      notes = `processor time: ${before.toFixed(1)}, ${many.toFixed(1)}, ${after.toFixed(1)} ms`;
    }
    return [ratio('growth', `an object of ${large} ÷ of ${FEW}`, ratios, '≤ 1.1', notes)];
  },

  /** A step that waits so long that what counts is slots, not the machine's cores. */
  async workers(lab, { rounds }) {
    const WAITS_MS = 500;
    const COUNT = 100;
    const ratios: number[] = [];
    lab.behaviour = { sync: () => sleep(WAITS_MS) };
    for (let round = 0; round <= Math.min(rounds, 3); round += 1) {
      await lab.staff(1, 10);
      const one = await timed(() => load(lab, COUNT));
      await lab.staff(2, 10);
      const two = await timed(() => load(lab, COUNT));
      if (round > 0) ratios.push(one / two);
    }
    await lab.staff(1, SLOTS);
    return [ratio('two workers ÷ one', 'step of 500 ms, 10 slots', ratios, '≥ 1.8')];
  },

  /** All wait for one that fails: each has a workflow that waits, as far as the worker keeps them. */
  async memory(lab, { size }) {
    const many = Math.max(size, MANY);
    await load(lab, 50);
    let fails = true;
    lab.behaviour = {
      sync: async (_, name) => {
        if (name === 'root' && fails) throw new Error('the back end is away');
      },
    };
    await lab.collect();
    const before = process.memoryUsage().rss;
    const figures: Figure[] = [];
    let waiting = 0;
    for (const [count, what] of [
      [ALL_KEPT, 'all of them cached'],
      [many - ALL_KEPT, 'as many cached as its heap allows for'],
    ] as const) {
      await create(lab, ['root', ...namesOf(count, 'waiter')], {
        needs: (index) => (index === 0 ? [] : [0]),
      });
      waiting += count;
      // Set aside at first; told when what they wait for is found put off.
      await lab.untilRunning(waiting);
      await rest();
      await lab.collect();
      const each = (process.memoryUsage().rss - before) / 1_024 / waiting;
      figures.push(amount('memory', `a waiting object, of ${waiting}`, each, 'kB', '≤ 150', what));
    }
    fails = false;
    lab.behaviour = NOTHING;
    await lab.resyncAll();
    await lab.untilSynced('Item');
    return figures;
  },

  /** What one synchronization writes, here and in Temporal. */
  async footprint(lab, { size }) {
    await sleep(COUNTED_MS);
    const before = await lab.written();
    const refs = await load(lab, size);
    await sleep(COUNTED_MS);
    const after = await lab.written();
    const ours = await lab.history(`Item/${refs.at(-1)?.id}`);
    await lab.raw(1);
    const raw = await lab.history(lab.lastRaw());
    const rows = Object.entries(after.rows)
      .map(([table, count]) => [table, (count - (before.rows[table] ?? 0)) / size] as const)
      .filter(([, each]) => each > 0.05);
    const sum = rows.reduce((total, [, each]) => total + each, 0);
    const wal = (after.wal - before.wal) / size / 1_024;
    return [
      amount(
        'footprint',
        'rows written',
        sum,
        '',
        '',
        rows.map(([table, each]) => `${table} ${each.toFixed(1)}`).join(', '),
      ),
      amount('footprint', 'log of Postgres', wal, 'kB', ''),
      amount('footprint', 'events in Temporal', ours.events, '', `≤ ${raw.events + 3}`, `raw: ${raw.events}`),
      amount(
        'footprint',
        'history',
        ours.bytes / 1_024,
        'kB',
        '',
        `raw: ${(raw.bytes / 1_024).toFixed(1)} kB`,
      ),
    ];
  },
};
