import type { Lab } from './engine-lab.ts';
import type { EngineOptions } from './engine.ts';
import { ratio, type Figure } from './figure.ts';
import { load, rest, timed, type Load } from './loads.ts';

/** Load so many objects and start as many workflows on Temporal alone, alternately: ratios of time and of processor time. */
export async function againstRaw(
  lab: Lab,
  { rounds, size }: EngineOptions,
  scenario: string,
  goal: string,
  how: Load,
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
    const accord = await timed(() => load(lab, size, how));
    await rest();
    spent = lab.cpu.read();
    if (round === 0) continue;
    speed.push(raw / accord);
    cost.push(sum(spent) / sum(spentRaw));
  }
  const notes = `per object, ms of processor: ${perObject(spent, size)}; raw: ${perObject(spentRaw, size)}`;
  return [
    ratio(scenario, 'speed ÷ raw', speed, goal),
    ratio(scenario, 'processor time ÷ raw', cost, '', notes),
  ];
}

const sum = (spent: Readonly<Record<string, number>>): number =>
  Object.values(spent).reduce((total, ms) => total + ms, 0);

const perObject = (spent: Readonly<Record<string, number>>, size: number): string =>
  Object.entries(spent)
    .map(([kind, ms]) => `${kind} ${(ms / size).toFixed(1)}`)
    .join(', ');
