import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { createRandom } from '../test/random/random.ts';
import { againstRaw } from './against-raw.ts';
import { NOTHING, startLab, type Lab } from './engine-lab.ts';
import { print, printHeader, type Figure } from './figure.ts';
import { LATENCIES } from './latencies.ts';
import { none, type Load } from './loads.ts';
import { RECOVERIES } from './recoveries.ts';
import { SCALE } from './scale.ts';
import type { Server } from './temporal-server.ts';

export interface EngineOptions {
  /** Times that each pair of legs is run, alternately, after one that does not count. */
  readonly rounds: number;
  /** Objects of a scenario. */
  readonly size: number;
  /** Of the names of scenarios; all when empty. */
  readonly only: readonly string[];
  /** Where the figures are written as JSON, besides. */
  readonly json: string;
  readonly server: Server;
}

export type Scenario = (lab: Lab, options: EngineOptions) => Promise<Figure[]>;

/** Measure what the engine costs, against what Temporal alone does on the same machine in the same run. */
export async function benchEngine(options: EngineOptions): Promise<void> {
  const lab = await startLab(options.server);
  const figures: Figure[] = [];
  printHeader();
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
  const { server, size, rounds } = options;
  const report = { at: new Date().toISOString(), machine: machine(), server, size, rounds, figures };
  await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  flat: (lab, options) => againstRaw(lab, options, 'flat', '≥ 0.85', { needs: none }),
  inline: (lab, options) => againstRaw(lab, options, 'inline', '≥ 1.1', { model: 'Quick' }),
  chains: (lab, options) =>
    againstRaw(lab, options, 'chains of 10', '≥ 0.8', {
      needs: (index) => (index % 10 === 0 ? [] : [index - 1]),
    }),
  star: (lab, options) =>
    againstRaw(lab, options, 'star', '≥ 0.8', { needs: (index) => (index === 0 ? [] : [0]) }),
  graph: (lab, options) => againstRaw(lab, options, 'graph, 3 links', '≥ 0.8', randomGraph(options.size)),
  ...LATENCIES,
  ...RECOVERIES,
  ...SCALE,
};

/** What `--only` chooses from. */
export const SCENARIO_NAMES = Object.keys(SCENARIOS);

/** Each needs three of those before it, any of them: the same ones in every run. */
function randomGraph(size: number): Load {
  const random = createRandom(1);
  const links = Array.from({ length: size }, (_, index) =>
    index === 0 ? [] : [...new Set(Array.from({ length: 3 }, () => random.int(index)))],
  );
  return { needs: (index) => links[index] ?? [] };
}

const machine = (): object => ({
  cores: availableParallelism(),
  processor: cpus()[0]?.model,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
});
