import pc from 'picocolors';
import { survey } from '../platform/survey.ts';
import type { Finding } from '../platform/survey.ts';

/**
 * Say what was found where, and what is missing with what fixes it. Builds and starts nothing.
 *
 * @returns the exit code: 1 when something that is required is missing
 */
export async function doctor({ json, repair = false }: { json: boolean; repair?: boolean }): Promise<number> {
  if (repair) return repairDatabase();
  const findings = await survey();
  const isComplete = findings.every(({ status }) => status !== 'missing');
  if (json) console.log(JSON.stringify({ ok: isComplete, parts: findings }, null, 2));
  else console.log(findings.map(line).join('\n'));
  return isComplete ? 0 : 1;
}

function line({ part, status, version, where, text }: Finding): string {
  const facts = [version, where].filter((fact) => fact !== undefined).join('  ');
  const head = `${SHAPE[status]} ${part.padEnd(9)} ${facts}`.trimEnd();
  return text === undefined ? head : `${head}\n  ${' '.repeat(9)} ${text}`;
}

const SHAPE: Record<Finding['status'], string> = {
  found: pc.green('✔'),
  later: pc.blue('◌'),
  missing: pc.red('✗'),
};

/** Go on with a database that was restored from a backup (design 3.10). */
async function repairDatabase(): Promise<number> {
  const { databaseUrlOf, readConfig } = await import('../config.ts');
  const { createStore } = await import('../store/store.ts');
  const store = createStore({ databaseUrl: databaseUrlOf(readConfig()), connections: 2 });
  try {
    const objects = await store.repair();
    console.log(
      `${objects} objects will be synchronized again. What was made after the backup is unknown here:`,
    );
    console.log('its remains in the back ends are orphans, to be removed by hand.');
    console.log(
      'Tokens that were revoked after it are valid again (`accord token list`); pauses are as they were.',
    );
    console.log('Start what does not run of the server and the workers now.');
    return 0;
  } finally {
    await store.close();
  }
}
