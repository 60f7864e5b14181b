import { createColors } from 'picocolors';
import type pc from 'picocolors';
import { harmless } from '../model/strings.ts';
import { openLiveLines } from './live-lines.ts';

type Colors = ReturnType<typeof pc.createColors>;

/** Where a command writes: results on stdout, progress on stderr. */
export interface Terminal {
  /** Write a result, as lines. */
  readonly out: (text: string) => void;
  /** Tell about progress, or what went wrong. */
  readonly note: (text: string) => void;
  /** Draw progress in place, below all that is written, until the next drawing; absent where nothing may move. */
  readonly live?: (lines: readonly string[]) => void;
  /** Columns of stdout; undefined when it is no terminal, and nothing has to fit. */
  readonly width: number | undefined;
  /** For stdout; they do nothing where colour is not wanted. */
  readonly colors: Colors;
}

/** The terminal of this process. Colours only on a terminal, and not with NO_COLOR. */
export function processTerminal(environment: NodeJS.ProcessEnv = process.env): Terminal {
  const { stdout, stderr } = process;
  const isDumb = environment['TERM'] === 'dumb';
  const isWanted = (environment['NO_COLOR'] ?? '') === '' && !isDumb;
  const isForced = (environment['FORCE_COLOR'] ?? '0') !== '0';
  const live = stderr.isTTY && !isDumb ? openLiveLines(stderr) : undefined;
  const write = (stream: NodeJS.WriteStream, text: string): void => {
    const shown = `${stream.isTTY ? fit(text) : text}\n`;
    // Lines that go elsewhere are not in the way of what is drawn.
    if (live === undefined || !stream.isTTY) stream.write(shown);
    else live.above(() => stream.write(shown));
  };
  return {
    out: (text) => write(stdout, text),
    note: (text) => write(stderr, text),
    ...(live && { live: live.draw }),
    width: stdout.isTTY ? stdout.columns : undefined,
    colors: createColors(isWanted && (stdout.isTTY || isForced)),
  };
}

/** What begins with going up to where the last drawing began is our own; whatever follows may be of anybody. */
function fit(text: string): string {
  // eslint-disable-next-line no-control-regex -- that is how a terminal is told to
  const [redraw = ''] = /^\u001b\[\d+A\u001b\[J/.exec(text) ?? [];
  return redraw + harmless(text.slice(redraw.length));
}
