import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ref } from '../model/definition.ts';
import { NOTHING, startLab, type Lab } from './engine-lab.ts';
import { median, quantile } from './figures.ts';
import type { Server } from './temporal-server.ts';

export interface EngineOptions {
  /** Times that each pair of legs is run, alternately, after one that does not count. */
  readonly rounds: number;
  /** Objects of a scenario. */
  readonly size: number;
  /** Of the names of scenarios; all when empty. */
  readonly only: readonly string[];
  /** Where the figures are written as JSON, besides. */
  readonly json: string | undefined;
  readonly server: Server;
}

/** One line of the table. */
interface Figure {
  readonly scenario: string;
  readonly measure: string;
  readonly value: number;
  readonly unit: '×' | 'ms';
  readonly spread: readonly [low: number, high: number];
  readonly goal: string;
  readonly notes: string;
}

type Scenario = (lab: Lab, options: EngineOptions) => Promise<Figure[]>;

const ME = { name: 'a bench' };

/** Measure what the engine costs, against what Temporal alone does on the same machine in the same run. */
export async function benchEngine(options: EngineOptions): Promise<void> {
  const lab = await startLab(options.server);
  const figures: Figure[] = [];
  try {
    for (const [name, scenario] of Object.entries(SCENARIOS)) {
      if (options.only.length > 0 && !options.only.includes(name)) continue;
      lab.behaviour = NOTHING;
      for (const figure of await scenario(lab, options)) {
        figures.push(figure);
        print(figure);
      }
    }
  } finally {
    await lab.stop();
  }
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(figures, null, 2)}\n`);
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  async flat(lab, options) {
    return againstRaw(lab, options, 'flat', '≥ 0.85', () => load(lab, 'Item', options.size, () => []));
  },
  async inline(lab, options) {
    return againstRaw(lab, options, 'inline', '≥ 1.1', () => load(lab, 'Quick', options.size, () => []));
  },
  async chains(lab, options) {
    const goesOn = (index: number): number[] => (index % 10 === 0 ? [] : [index - 1]);
    return againstRaw(lab, options, 'chains of 10', '≥ 0.8', () => load(lab, 'Item', options.size, goesOn));
  },
  async star(lab, options) {
    const toTheFirst = (index: number): number[] => (index === 0 ? [] : [0]);
    return againstRaw(lab, options, 'star', '≥ 0.8', () => load(lab, 'Item', options.size, toTheFirst));
  },
  async graph(lab, options) {
    const toThree = (index: number): number[] =>
      index === 0 ? [] : [...new Set([7, 13, 29].map((prime) => (index * prime + prime) % index))];
    return againstRaw(lab, options, 'graph, 3 links', '≥ 0.8', () =>
      load(lab, 'Item', options.size, toThree),
    );
  },

  async idle(lab) {
    const times = await latencies(lab, 50);
    return [latency('idle: write → step', times, '≤ 30 median')];
  },

  async sleepers(lab) {
    lab.behaviour = { sync: async (_, name) => (name.startsWith('sleeper') ? sleep(5_000) : undefined) };
    const names = Array.from({ length: 9 }, (_, index) => `sleeper ${index}`);
    await create(lab, 'Item', names, () => []);
    await sleep(500);
    const times = await latencies(lab, 30, 'Item', lab.behaviour);
    await lab.untilSynced('Item');
    return [latency('the same, others sleep', times, '≤ 50 median')];
  },

  async hops(lab) {
    const LENGTH = 20;
    const times: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      const started: number[] = [];
      lab.behaviour = {
        async sync() {
          started.push(performance.now());
        },
      };
      await create(
        lab,
        'Item',
        Array.from({ length: LENGTH }, (_, index) => `hop ${index}`),
        (index) => (index === 0 ? [] : [index - 1]),
      );
      await lab.untilSynced('Item');
      if (round > 0) times.push(...started.slice(1).map((at, index) => at - (started[index] ?? at)));
    }
    return [latency('chain of 20: per hop', times, '≤ 25 median')];
  },

  async deletion(lab, options) {
    const ratios: number[] = [];
    const goesOn = (index: number): number[] => (index % 10 === 0 ? [] : [index - 1]);
    for (let round = 0; round <= options.rounds; round += 1) {
      let refs: Ref[] = [];
      const loading = await timed(async () => {
        refs = await load(lab, 'Item', options.size, goesOn);
      });
      const deleting = await timed(async () => {
        await lab.store.write(ME, async (tx) => {
          for (const ref of refs)
            if ((await tx.get(ref))?.deleted === false) await tx.remove(ref, { cascade: true });
        });
        await lab.untilSynced('Item');
      });
      if (round > 0) ratios.push(loading / deleting);
    }
    return [ratio('deletion', 'load ÷ deletion', ratios, '≥ 0.7', '')];
  },

  async storm(lab, options) {
    const ratios: number[] = [];
    for (let round = 0; round <= Math.min(options.rounds, 3); round += 1) {
      const flat = await timed(() => load(lab, 'Item', options.size, () => []));
      let fails = true;
      lab.behaviour = {
        sync: async (_, name) => {
          if (name === 'root' && fails) throw new Error('the back end is away');
        },
      };
      const names = ['root', ...Array.from({ length: options.size }, (_, index) => `waiter ${index}`)];
      const [root] = await create(lab, 'Item', names, (index) => (index === 0 ? [] : [0]));
      await sleep(3_000);
      fails = false;
      const recovering = await timed(async () => {
        if (root !== undefined) await lab.store.resync(root, ME);
        await lab.untilSynced('Item');
      });
      if (round > 0) ratios.push(flat / recovering);
    }
    return [ratio('failure storm', 'flat ÷ recovery', ratios, '≥ 0.7', '')];
  },
};

/** Create objects, a hundred in a write; `needs` says which of the earlier ones each is linked to. */
async function create(
  lab: Lab,
  model: string,
  names: readonly string[],
  needs: (index: number) => readonly number[],
): Promise<Ref[]> {
  const refs: Ref[] = [];
  for (let from = 0; from < names.length; from += 100) {
    const known = refs.length;
    // May run twice, so that it must not add to what an earlier try has left.
    const written = await lab.store.write(ME, async (tx) => {
      const here = refs.slice(0, known);
      for (const name of names.slice(from, from + 100)) {
        const links = needs(here.length).flatMap((index) => here[index] ?? []);
        here.push(await tx.create(model, { name, ...(links.length > 0 && { needs: links }) }));
      }
      return here.slice(known);
    });
    refs.push(...written);
  }
  return refs;
}

async function load(
  lab: Lab,
  model: string,
  count: number,
  needs: (index: number) => readonly number[],
): Promise<Ref[]> {
  const names = Array.from({ length: count }, (_, index) => `n ${index}`);
  const refs = await create(lab, model, names, needs);
  await lab.untilSynced(model);
  return refs;
}

async function againstRaw(
  lab: Lab,
  { rounds, size }: EngineOptions,
  scenario: string,
  goal: string,
  ours: () => Promise<unknown>,
): Promise<Figure[]> {
  const speed: number[] = [];
  const cost: number[] = [];
  let spent: Readonly<Record<string, number>> = {};
  let spentRaw: Readonly<Record<string, number>> = {};
  for (let round = 0; round <= rounds; round += 1) {
    lab.cpu.read();
    const raw = await timed(() => lab.raw(size));
    await rest();
    spentRaw = lab.cpu.read();
    const accord = await timed(ours);
    await rest();
    spent = lab.cpu.read();
    if (round === 0) continue;
    speed.push(raw / accord);
    cost.push(sum(spent) / sum(spentRaw));
  }
  const notes = `per object, ms of processor: ${perObject(spent, size)}; raw: ${perObject(spentRaw, size)}`;
  return [
    ratio(scenario, 'speed ÷ raw', speed, goal, ''),
    ratio(scenario, 'processor time ÷ raw', cost, '', notes),
  ];
}

/** What is still being written down when all is done belongs to the leg before. */
const rest = (): Promise<void> => sleep(1_000);

const sum = (spent: Readonly<Record<string, number>>): number =>
  Object.values(spent).reduce((total, ms) => total + ms, 0);

const perObject = (spent: Readonly<Record<string, number>>, size: number): string =>
  Object.entries(spent)
    .map(([kind, ms]) => `${kind} ${(ms / size).toFixed(1)}`)
    .join(', ');

/** From the commit of a write to the beginning of its step, one after the other, with pauses. */
async function latencies(lab: Lab, count: number, model = 'Item', beside = NOTHING): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const name = `fresh ${index}`;
    let began = (): void => undefined;
    const begun = new Promise<void>((resolve) => (began = resolve));
    lab.behaviour = {
      sync: async (id, which) => {
        if (which === name) began();
        else await beside.sync(id, which);
      },
    };
    await create(lab, model, [name], () => []);
    const written = performance.now();
    await begun;
    times.push(performance.now() - written);
    await sleep(100);
  }
  return times.slice(5);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function ratio(
  scenario: string,
  measure: string,
  values: readonly number[],
  goal: string,
  notes: string,
): Figure {
  const spread = [Math.min(...values), Math.max(...values)] as const;
  return { scenario, measure, value: median(values), unit: '×', spread, goal, notes };
}

function latency(scenario: string, times: readonly number[], goal: string): Figure {
  const spread = [Math.min(...times), quantile(times, 0.99)] as const;
  return {
    scenario,
    measure: 'median (least, 99 %)',
    value: median(times),
    unit: 'ms',
    spread,
    goal,
    notes: '',
  };
}

function print({ scenario, measure, value, unit, spread, goal, notes }: Figure): void {
  const said = (one: number): string => (unit === 'ms' ? one.toFixed(0) : one.toFixed(2));
  const range = `${said(spread[0])}–${said(spread[1])}`;
  console.log(
    [
      scenario.padEnd(24),
      measure.padEnd(22),
      `${said(value)} ${unit}`.padStart(8),
      range.padStart(12),
      goal.padStart(12),
    ].join('  '),
  );
  if (notes !== '') console.log(`  ${notes}`);
}
