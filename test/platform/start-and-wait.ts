// A parent for tests to kill: starts a part, prints its facts as one line of JSON, and stays.
//
//   node start-and-wait.ts postgres|temporal FOLDER
//   node start-and-wait.ts temporal-on-postgres FOLDER DATABASE_URL
//   node start-and-wait.ts process GRACE_SECONDS COMMAND ARG…
import { startPostgres } from '../../platform/postgres.ts';
import { startProcess } from '../../platform/process.ts';
import { startTemporalOnPostgres } from '../../platform/temporal-on-postgres.ts';
import { startTemporal } from '../../platform/temporal.ts';

const [part, first = '', command = '', ...args] = process.argv.slice(2);
const started =
  part === 'postgres'
    ? await startPostgres({ dir: first, durable: false })
    : part === 'temporal'
      ? await startTemporal({ dir: first, headless: true })
      : part === 'temporal-on-postgres'
        ? await startTemporalOnPostgres({ dir: first, databaseUrl: command })
        : await startProcess(command, args, { graceSeconds: Number(first) });
console.log(JSON.stringify(started));
// The part itself keeps this process alive.
process.once('SIGTERM', () => void started.stop().then(() => process.exit(0)));
