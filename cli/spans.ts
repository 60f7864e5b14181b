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

/** The same in words: `40 seconds`, `14 minutes`, `2 hours`, `3 days`. */
export function spanWords(milliseconds: number): string {
  const short = spanText(milliseconds);
  const amount = Number.parseInt(short, 10);
  const word = { s: 'second', m: 'minute', h: 'hour', d: 'day' }[short.at(-1) as 's' | 'm' | 'h' | 'd'];
  return `${amount} ${word}${amount === 1 ? '' : 's'}`;
}

/** A time of day for people, in their own zone; with the date when that is not today's. */
export function timeText(time: string, now = Date.now()): string {
  const at = new Date(time);
  const two = (number: number): string => String(number).padStart(2, '0');
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
  if (at.toDateString() === new Date(now).toDateString()) return clock;
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock}`;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY };

/** A span of time as people give it: `60s`, `500ms`, `2m`; a bare number is seconds. */
export function parseSpan(text: string): number {
  const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text) ?? [];
  if (amount === undefined)
    throw new UsageError(`${JSON.stringify(text)} is no span of time: give 60s, 500ms, 2m, 1h or 3d`);
  return Number(amount) * (UNITS[unit] ?? SECOND);
}
