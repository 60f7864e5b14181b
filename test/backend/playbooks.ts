import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';
import { createDispatcher } from '../../backend/dispatcher.ts';
import { runPlaybook, type PlaybookRequest, type PlaybookRun } from '../../backend/run-playbook.ts';
import { PlaybookError } from '../../backend/playbook-error.ts';
import { provideAnsible } from '../../platform/ansible.ts';

/** The real one; each run starts it anew. */
export const ansible = await provideAnsible((sentence) => void process.stderr.write(`${sentence}\n`));

const dispatcher = createDispatcher({ ansible, playbooksDir: '/nonexistent', mode: 'warm' });
afterAll(() => dispatcher.stop());
/** The same, imported once for all runs of a test file. */
export const warmAnsible = { ...ansible, dispatcher };

/** A folder with playbooks, and one to run them in. Both are removed with the test. */
export interface Bench {
  readonly folder: string;
  readonly runDir: string;
  write(name: string, text: string): Promise<string>;
  /** Run the text of a playbook as `playbook.yaml`. */
  run(text: string, request?: Partial<PlaybookRequest>): Promise<PlaybookRun>;
  /** The same, for a run that is to fail. */
  fail(text: string, request?: Partial<PlaybookRequest>): Promise<PlaybookError>;
}

export async function createBench(): Promise<Bench> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'accord-playbooks-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const runDir = join(folder, 'sys', 'test', 'Thing_1');
  const write = async (name: string, text: string): Promise<string> => {
    const file = join(folder, 'playbooks', name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    return file;
  };
  const run: Bench['run'] = async (text, request = {}) =>
    runPlaybook({
      ansible: warmAnsible,
      playbook: await write('playbook.yaml', text),
      variables: {},
      runDir,
      signal: new AbortController().signal,
      timeoutMs: 60_000,
      ...request,
    });
  const fail: Bench['fail'] = async (text, request) => {
    const outcome = await run(text, request).catch((error: unknown) => error);
    if (outcome instanceof PlaybookError) return outcome;
    throw new Error('the playbook was to fail, but did not', { cause: outcome });
  };
  return { folder, runDir, write, run, fail };
}

/** A play on this machine, with these tasks (YAML, not indented). */
export function play(tasks: string): string {
  const indented = tasks.trim().replaceAll('\n', '\n    ');
  return `- hosts: localhost\n  gather_facts: false\n  tasks:\n    ${indented}\n`;
}
