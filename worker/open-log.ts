import { resolve } from 'node:path';
import { createLog, type Log, type LogSink } from '../log.ts';
import { openLogstash } from '../logstash.ts';
import type { SynchronizerConfig } from '../synchronizer-config.ts';
import { countLostLine } from './runtime.ts';

/**
 * Open the log of a worker: the console, and what accord.yaml says besides (`log_file`, `logstash_hostport`).
 *
 * Trouble with either is told on the console and keeps nothing waiting.
 */
export async function openLog(
  level: string,
  { logFile, logstashHostport }: Pick<SynchronizerConfig, 'logFile' | 'logstashHostport'>,
): Promise<{ readonly log: Log; readonly close: () => Promise<void> }> {
  const console = createLog({ level });
  const sinks: LogSink[] = [];
  if (logFile !== undefined) {
    const file = resolve(logFile);
    const { openLogFile } = await import('../log-file.ts');
    sinks.push(
      await openLogFile(file, (err) => {
        console.warn({ err, file }, 'the log file cannot be written; lines may be lost');
      }),
    );
  }
  if (logstashHostport !== undefined) {
    const { host, port } = logstashHostport;
    sinks.push(
      openLogstash(
        logstashHostport,
        ({ away, lost }) => {
          if (away) console.warn({ host, port }, 'logstash cannot be reached; lines are kept for it');
          else console.info({ host, port, lost }, 'logstash is back');
        },
        countLostLine,
      ),
    );
  }
  return {
    log: sinks.length === 0 ? console : createLog({ level, sinks }),
    close: async () => {
      await Promise.all(sinks.map((sink) => sink.close()));
    },
  };
}
