import { median, quantile } from './quantiles.ts';

/** One line of the table. */
export interface Figure {
  readonly scenario: string;
  readonly measure: string;
  readonly value: number;
  readonly unit: '×' | 'ms' | 'kB' | '';
  /** The least and the most; of times, what 99 in 100 are not above. */
  readonly spread: readonly [low: number, high: number];
  /** What it is to be; empty where a figure is for information. */
  readonly goal: string;
  readonly notes: string;
}

export function ratio(
  scenario: string,
  measure: string,
  values: readonly number[],
  goal: string,
  notes = '',
): Figure {
  const spread = [Math.min(...values), Math.max(...values)] as const;
  return { scenario, measure, value: median(values), unit: '×', spread, goal, notes };
}

export function latency(scenario: string, times: readonly number[], goal: string, notes = ''): Figure {
  const spread = [Math.min(...times), quantile(times, 0.99)] as const;
  return { scenario, measure: 'median (least, 99 %)', value: median(times), unit: 'ms', spread, goal, notes };
}

export function amount(
  scenario: string,
  measure: string,
  value: number,
  unit: 'kB' | '',
  goal: string,
  notes = '',
): Figure {
  return { scenario, measure, value, unit, spread: [value, value], goal, notes };
}

export function printHeader(): void {
  console.log(line('scenario', 'measure', 'value', 'spread', 'goal'));
}

export function print({ scenario, measure, value, unit, spread, goal, notes }: Figure): void {
  const said = (one: number): string => (unit === '×' ? one.toFixed(2) : one.toFixed(one < 10 ? 1 : 0));
  const range = `${said(spread[0])}–${said(spread[1])}`;
  console.log(line(scenario, measure, `${said(value)} ${unit}`, range, goal));
  if (notes !== '') console.log(`  ${notes}`);
}

const line = (scenario: string, measure: string, value: string, range: string, goal: string): string =>
  [scenario.padEnd(24), measure.padEnd(26), value.padStart(9), range.padStart(12), goal.padStart(18)].join(
    '  ',
  );
