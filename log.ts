import { Writable } from 'node:stream';
import { pino, stdTimeFunctions, type Logger } from 'pino';
import pretty from 'pino-pretty';
import { harmless } from './model/strings.ts';

/** A logger: fields first, then a constant sentence in lower case. */
export type Log = Logger;

const SECRET_FIELDS = [
  'token',
  'password',
  'secret',
  'authorization',
  'databaseUrl',
  'DATABASE_URL',
  'ACCORD_TOKEN',
];

/** Where the lines of a log go, besides the console. Never waits and never throws. */
export interface LogSink {
  write(line: string): void;
  /** Write what is kept, as far as that is possible at once, and end. */
  close(): Promise<void>;
}

/**
 * Create the log of a process: lines for people on a terminal, JSON elsewhere, always to stderr; JSON to each sink.
 *
 * Fields whose names say that they are secret are censored, at the top and up to two levels below it.
 */
export function createLog(
  options: { readonly level?: string; readonly name?: string; readonly sinks?: readonly LogSink[] } = {},
): Log {
  const paths = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);
  return pino(
    {
      level: options.level ?? 'info',
      base: options.name === undefined ? null : { name: options.name },
      timestamp: stdTimeFunctions.isoTime,
      redact: { paths, censor: '[secret]' },
    },
    pino.multistream(
      // Which levels there are to be is said above, once for all.
      [destination(), ...(options.sinks ?? [])].map((stream) => ({ stream, level: 'trace' })),
    ),
  );
}

function destination() {
  // Written synchronously: the last line before a crash is the one that is needed.
  const stderr = pino.destination({ dest: 2, sync: true });
  if (!process.stderr.isTTY) return stderr;
  // What back ends say stands in errors as it was said.
  const terminal = new Writable({
    decodeStrings: false,
    write: (text, _encoding, done) => {
      stderr.write(harmless(String(text)));
      done();
    },
  });
  return pretty({ destination: terminal, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname' });
}
