// A parent for tests to kill: starts a part, prints its facts as one line of JSON, and stays.
//
//   node start-and-wait.ts postgres|temporal FOLDER
//   node start-and-wait.ts process GRACE_SECONDS COMMAND ARG…
import { startPostgres } from '../../platform/postgres.ts';
import { startProcess } from '../../platform/process.ts';
import { startTemporal } from '../../platform/temporal.ts';

const [part, first = '', command = '', ...args] = process.argv.slice(2);
const started =
  part === 'postgres'
    ? await startPostgres({ dir: first, durable: false })
    : part === 'temporal'
      ? await startTemporal({ dir: first, headless: true })
      : await startProcess(command, args, { graceSeconds: Number(first) });
console.log(JSON.stringify(started));
// The part itself keeps this process alive.
process.once('SIGTERM', () => void started.stop().then(() => process.exit(0)));
