import { readFile } from 'node:fs/promises';
import { visible } from '../model/strings.ts';
import { CycleError } from '../plan/waves.ts';
import { planOfflineObjects } from '../plan/offline.ts';
import { readOfflinePlan } from '../plan/offline-file.ts';
import { shortened } from './explain.ts';
import { processTerminal, type Terminal } from './terminal.ts';
import { unfitForJson } from './unfit-json.ts';

/**
 * Plan the objects of a file, without a server: print who depends on whom, and the order, as JSON.
 *
 * @param file as plan/offline-file.ts reads it; `-` for stdin
 * @returns the exit code: 1 for a cycle, which is named; 2 for a file that cannot be used
 */
export async function planOffline(file: string, terminal: Terminal = processTerminal()): Promise<number> {
  // Names of models, accessors and files may hold whatever there is: a fault is a line all the same.
  const complain = (fault: string): void => terminal.note(shortened(visible(`accord: ${fault}`)));
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file === '-' ? '/dev/stdin' : file, 'utf8'));
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const said = error instanceof Error ? error.message : String(error);
    complain(
      isMissing
        ? `there is no file ${file}: give a path as seen from ${process.cwd()}, or - for stdin`
        : `${file} cannot be read as JSON: ${said}`,
    );
    return 2;
  }
  const unfit = unfitForJson(value);
  if (unfit !== undefined) {
    complain(`${file}: what it holds ${unfit}`);
    return 2;
  }
  const { plan, faults } = readOfflinePlan(value);
  if (faults.length > 0) {
    for (const fault of faults) complain(`${file}: ${fault}`);
    return 2;
  }
  try {
    terminal.out(JSON.stringify(planOfflineObjects(plan)));
    return 0;
  } catch (error) {
    if (!(error instanceof CycleError)) throw error;
    complain(error.message);
    return 1;
  }
}
