import { createColors } from 'picocolors';
import type pc from 'picocolors';

type Colors = ReturnType<typeof pc.createColors>;

/** Where a command writes: results on stdout, progress on stderr. */
export interface Terminal {
  /** Write a result, as lines. */
  readonly out: (text: string) => void;
  /** Tell about progress, or what went wrong. */
  readonly note: (text: string) => void;
  /** Columns of stdout; undefined when it is no terminal, and nothing has to fit. */
  readonly width: number | undefined;
  /** For stdout; they do nothing where colour is not wanted. */
  readonly colors: Colors;
}

/** The terminal of this process. Colours only on a terminal, and not with NO_COLOR. */
export function processTerminal(environment: NodeJS.ProcessEnv = process.env): Terminal {
  const { stdout, stderr } = process;
  const isWanted = (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb';
  const isForced = (environment['FORCE_COLOR'] ?? '0') !== '0';
  return {
    out: (text) => stdout.write(`${text}\n`),
    note: (text) => stderr.write(`${text}\n`),
    width: stdout.isTTY ? stdout.columns : undefined,
    colors: createColors(isWanted && (stdout.isTTY || isForced)),
  };
}
