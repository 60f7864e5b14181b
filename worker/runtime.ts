import { makeTelemetryFilterString, Runtime, type Logger, type LogLevel } from '@temporalio/worker';
import type { MetricCounter } from '@temporalio/common';
import { ConfigError } from '../config.ts';
import type { Address } from '../config-values.ts';
import type { Log } from '../log.ts';

let installed = false;

/**
 * Prepare Temporal's native part, once per process: its logs go to ours, and our signals stay ours.
 *
 * @param metricsBind where it tells Prometheus what it measures; nowhere when absent
 * @throws {ConfigError} when it cannot listen there
 */
export function installRuntime(log: Log, metricsBind?: Address): void {
  if (installed) return;
  try {
    Runtime.install({
      // Else Temporal ends the workers by itself, in an order that is not ours.
      shutdownSignals: [],
      logger: forward(log),
      telemetryOptions: {
        logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }), forward: {} },
        ...(metricsBind && { metrics: { prometheus: { bindAddress: spellAddress(metricsBind) } } }),
      },
    });
  } catch (error) {
    throw metricsBind === undefined ? error : refusedAddress(metricsBind, error);
  }
  installed = true;
  lostLines = Runtime.instance().metricMeter.createCounter(
    'accord_log_lines_lost_total',
    'lines',
    'Lines of the log that Logstash has never got',
  );
  // From the first look on: what was not there cannot be seen to grow.
  lostLines.add(0);
}

let lostLines: MetricCounter | undefined;

/** Count a line of the log that was lost. */
export function countLostLine(): void {
  lostLines?.add(1);
}

function refusedAddress(address: Address, error: unknown): ConfigError {
  const said = error instanceof Error ? error.message : String(error);
  const reason = /address already in use/i.test(said) ? 'another process has taken that address' : said;
  return new ConfigError([
    `the worker cannot tell its metrics at ${spellAddress(address)}: ${reason}; set ACCORD_METRICS_BIND to another port, each worker of a machine needs its own`,
  ]);
}

const spellAddress = ({ host, port }: Address): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

const LEVELS = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'debug',
  WARN: 'info',
  ERROR: 'error',
} as const satisfies Record<LogLevel, string>;

function forward(log: Log): Logger {
  const say = (level: LogLevel, message: string, fields: object = {}): void => {
    // An attempt that failed has been told already, with more to go by.
    const quiet = /^Activity (failed|completed)/.test(message) || message.startsWith('Worker state');
    const as = quiet ? 'debug' : LEVELS[level];
    // It says a lot that nobody wants to hear, several times for each object.
    if (!log.isLevelEnabled(as)) return;
    log[as]({ temporal: withoutToken(fields) }, message.charAt(0).toLowerCase() + message.slice(1));
  };
  return {
    log: say,
    trace(message, fields) {
      say('TRACE', message, fields);
    },
    debug(message, fields) {
      say('DEBUG', message, fields);
    },
    info(message, fields) {
      say('INFO', message, fields);
    },
    warn(message, fields) {
      say('WARN', message, fields);
    },
    error(message, fields) {
      say('ERROR', message, fields);
    },
  };
}

const withoutToken = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => name !== 'taskToken'));
