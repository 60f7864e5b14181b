import { setTimeout as sleep } from 'node:timers/promises';
import { SLOTS, type Lab } from './engine-lab.ts';
import type { Scenario } from './engine.ts';
import { latency, ratio, type Figure } from './figure.ts';
import { BULK, create, load, namesOf, rest } from './loads.ts';
import { median } from './quantiles.ts';

/** So many steps sleep beside. Of its slots a worker leaves half to other steps, so it needs more than twice as many. */
const SLEEPERS = 20;
const ROOMY = 50;
const SLEEP_MS = 5_000;
const CHAIN = 20;
/** Of one synchronizer, before a few of another. */
const MANY = 5_000;

/** How soon something begins. */
export const LATENCIES: Readonly<Record<string, Scenario>> = {
  async idle(lab) {
    // Each of its connections to Postgres plans what it is asked for the first time.
    await load(lab, 300);
    await rest();
    const ours: number[] = [];
    const raw: number[] = [];
    for (let index = 0; index < 60; index += 1) {
      ours.push(await untilBegun(lab, `fresh ${index}`));
      raw.push(await lab.rawLatency());
      await settle();
    }
    return [
      latency('idle: write → step', ours.slice(10), '≤ 30, 99 % ≤ 100'),
      latency('raw: start → activity', raw.slice(10), ''),
      ratio('idle', 'write → step ÷ raw', [median(ours.slice(10)) / median(raw.slice(10))], ''),
    ];
  },

  async sleepers(lab) {
    lab.behaviour = { sync: async (_, name) => (name.startsWith('sleeper') ? sleep(SLEEP_MS) : undefined) };
    await lab.staff(1, ROOMY);
    const times: number[] = [];
    for (let night = 0; times.length < 40; night += 1) {
      const names = namesOf(SLEEPERS, `sleeper ${night}`);
      const asleep = Promise.all(names.map((name) => lab.begun(name)));
      await create(lab, names);
      const firstWakesAt = Math.min(...(await asleep)) + SLEEP_MS;
      while (performance.now() < firstWakesAt - 1_000)
        times.push(await untilBegun(lab, `fresh ${times.length}`));
      await lab.untilSynced('Item');
    }
    await lab.staff(1, SLOTS);
    return [latency('the same, 20 others sleep', times.slice(5), '≤ 50 median')];
  },

  async load(lab, { size }) {
    const figures: Figure[] = [];
    for (const [model, what] of [
      ['Item', 'under load'],
      ['Ruled', 'under load with policies'],
    ] as const) {
      await create(lab, namesOf(size), { model, writer: BULK });
      const times: number[] = [];
      while (times.length < 40 && (await lab.dirty(model, size)) > size / 20)
        times.push(await untilBegun(lab, `fresh ${times.length}`));
      await Promise.all(['Item', model].map((its) => lab.untilSynced(its)));
      const notes = `${times.length} writes beside ${size} in bulk`;
      figures.push(latency(`the same, ${what}`, times, '≤ 500 median', notes));
    }
    return figures;
  },

  async hops(lab) {
    const times: number[] = [];
    const raw: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      const started: number[] = [];
      lab.behaviour = {
        async sync() {
          started.push(performance.now());
        },
      };
      await create(lab, namesOf(CHAIN, 'hop'), { needs: (index) => (index === 0 ? [] : [index - 1]) });
      await lab.untilSynced('Item');
      // Each is started when the activity of the one before begins, which then ends beside it.
      const rawHops: number[] = [];
      while (rawHops.length < CHAIN) rawHops.push(await lab.rawLatency());
      await settle();
      if (round === 0) continue;
      times.push(...started.slice(1).map((at, index) => at - (started[index] ?? at)));
      raw.push(...rawHops.slice(1));
    }
    return [
      latency('chain of 20: per hop', times, '≤ 25 median'),
      latency('raw, one after another', raw, ''),
      ratio('chain of 20', 'per hop ÷ raw', [median(times) / median(raw)], ''),
    ];
  },

  async fairness(lab, { size }) {
    const many = Math.max(size, MANY);
    await create(lab, namesOf(many), { writer: BULK });
    const few = namesOf(10, 'rare');
    const begun = Promise.all(few.map((name) => lab.begun(name)));
    await create(lab, few, { model: 'Rare', writer: BULK });
    const written = performance.now();
    const times = (await begun).map((at) => at - written);
    await lab.untilSynced('Item');
    return [latency('10 of another queue', times, '≤ 2000 all', `beside ${many}, all in bulk`)];
  },
};

/** From the commit of a write to the beginning of its step. */
async function untilBegun(lab: Lab, name: string): Promise<number> {
  const begun = lab.begun(name);
  await create(lab, [name]);
  const written = performance.now();
  const at = await begun;
  await settle();
  return at - written;
}

/** Whatever comes next is to find nobody at work with this. */
const settle = (): Promise<void> => sleep(100);
