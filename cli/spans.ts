import { UsageError } from './explain.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A span of time for people: `40s`, `14m`, `2h`, `3d`. */
export function spanText(milliseconds: number): string {
  const span = Math.max(0, milliseconds);
  if (span < MINUTE) return `${Math.floor(span / SECOND)}s`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)}m`;
  return span < 2 * DAY ? `${Math.floor(span / HOUR)}h` : `${Math.floor(span / DAY)}d`;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR };

/** A span of time as people give it: `60s`, `500ms`, `2m`; a bare number is seconds. */
export function parseSpan(text: string): number {
  const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  if (amount === undefined)
    throw new UsageError(`${JSON.stringify(text)} is no span of time: give 60s, 500ms, 2m or 1h`);
  return Number(amount) * (UNITS[unit] ?? SECOND);
}
