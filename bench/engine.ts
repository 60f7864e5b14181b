import { writeFile } from 'node:fs/promises';
import { againstRaw } from './against-raw.ts';
import { NOTHING, startLab, type Lab } from './engine-lab.ts';
import { print, type Figure } from './figure.ts';
import { LATENCIES } from './latencies.ts';
import { none } from './loads.ts';
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
  await writeFile(options.json, `${JSON.stringify(figures, null, 2)}\n`);
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
  graph: (lab, options) =>
    againstRaw(lab, options, 'graph, 3 links', '≥ 0.8', {
      needs: (index) =>
        index === 0 ? [] : [...new Set([7, 13, 29].map((prime) => (index * prime + prime) % index))],
    }),
  ...LATENCIES,
  ...RECOVERIES,
  ...SCALE,
};
