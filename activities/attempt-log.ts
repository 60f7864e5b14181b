import { pino, stdTimeFunctions } from 'pino';
import type { Logger } from '../define/context.ts';
import type { Log } from '../log.ts';
import { masked } from './mask.ts';

/** What author code logs during one attempt. */
export interface AttemptLog {
  readonly log: Logger;
  /** The last lines of it, to be kept with the attempt; null when there are none. */
  readonly excerpt: () => string | null;
}

const MOST_LINES = 100;
const MOST_PER_LINE = 1_000;
const MOST_IN_ALL = 16_000;

/**
 * Pass on what author code logs, with every secret masked, and keep an excerpt of it.
 *
 * @param secrets may still grow: what is known when a line is logged is masked in it
 */
export function openAttemptLog(to: Log, secrets: ReadonlySet<string>): AttemptLog {
  const lines: string[] = [];
  let length = 0;
  let leftOut = 0;

  const keep = (whole: string): void => {
    const line = whole.length <= MOST_PER_LINE ? whole : `${whole.slice(0, MOST_PER_LINE).toWellFormed()}…`;
    lines.push(line);
    length += line.length;
    while (lines.length > MOST_LINES || length > MOST_IN_ALL) {
      length -= lines.shift()?.length ?? 0;
      leftOut += 1;
    }
  };
  // Its own logger takes whatever authors log, however it refers to itself; what comes out of it is plain.
  const open = (): Logger =>
    pino(
      {
        level: 'debug',
        base: null,
        timestamp: stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      },
      {
        write(text: string) {
          const said = masked(JSON.parse(text), secrets) as Said;
          const { level, time, msg = '', ...fields } = said;
          to[level](fields, msg);
          const more = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`;
          keep(`${time} ${level} ${msg}${more}`);
        },
      },
    );
  let log: Logger | undefined;
  return {
    // Most attempts say nothing.
    get log() {
      return (log ??= open());
    },
    excerpt() {
      if (lines.length === 0) return null;
      const before = leftOut === 0 ? [] : [`(${leftOut} earlier lines are left out)`];
      return [...before, ...lines].join('\n');
    },
  };
}

interface Said {
  readonly level: keyof Logger;
  readonly time: string;
  readonly msg?: string;
  readonly [field: string]: unknown;
}
