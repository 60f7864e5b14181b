import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PlaybookError } from '../backend/playbook-error.ts';
import { runPlaybook } from '../backend/run-playbook.ts';
import type { TaskSummary } from '../backend/verdict.ts';
import type { StepContext } from '../define/context.ts';
import type { Ref } from '../model/definition.ts';
import type { ActivitySetup } from './create-activities.ts';
import { timeoutMsOf } from './decide.ts';
import { mask, masked } from './mask.ts';
import { playbookOf } from './playbook.ts';
import { authorObject, collectSecrets, createReader } from './reader.ts';

/** What the playbook of an object would change, as Ansible's check-and-diff mode tells it. */
export interface Foreseen {
  /** One line per host; empty when there is nothing to run. */
  readonly recap: string;
  /** What would be done, task by task; `changed` is what would be changed. */
  readonly tasks: readonly TaskSummary[];
  /** What Ansible printed, with the differences; without secrets. */
  readonly output: string;
  /** Why it could not be foreseen, if so. */
  readonly fault: string | null;
}

/**
 * Ask Ansible what the playbook of an object would change now. Changes nothing, holds nothing, records nothing.
 *
 * Tasks that know no check mode are skipped, and what depends on what they would have done cannot be foreseen.
 *
 * @throws {TypeError} when the step of the object runs no playbook, or there is no such object
 * @throws {DeferredException} while the Instance that it would run on is not there
 */
export async function checkObject(
  setup: Pick<ActivitySetup, 'store' | 'folder' | 'ansible' | 'proxySsh' | 'steps' | 'log'>,
  ref: Ref,
  signal: AbortSignal,
): Promise<Foreseen> {
  const { store, steps, log } = setup;
  const object = await store.get(ref);
  const step = object === null ? undefined : steps.get(object.model);
  if (object === null) throw new TypeError(`there is no ${ref.model}/${ref.id}`);
  if (step === undefined || step.kind === 'step')
    throw new TypeError(`the step of ${object.model} runs no playbook: what it would do cannot be foreseen`);

  const secrets = new Set<string>();
  const definition = (await store.models()).get(object.model)?.definition;
  collectSecrets(definition, { ...object.declarative, ...object.feedback }, secrets);
  const context: StepContext = {
    ...createReader(store, secrets),
    log: log.child({ model: object.model, id: object.id, check: true }),
    signal,
    pretend: false,
    fence: 0,
    record: () =>
      Promise.reject(new TypeError('nothing is recorded while it is only looked what would be done')),
  };
  const kind = object.deleted ? 'delete' : 'sync';
  const playbook = await playbookOf(setup, step, kind, authorObject(object), context);
  if (playbook === null) return { recap: '', tasks: [], output: '', fault: null };
  const folder = await mkdtemp(join(tmpdir(), 'accord-check-'));
  try {
    const timeoutMs = timeoutMsOf(step);
    const runDir = join(folder, 'check', `${object.model}_${object.id}`);
    const { recap, tasks, output } = await runPlaybook({
      ...playbook,
      runDir,
      signal,
      timeoutMs,
      check: true,
    });
    return {
      recap,
      tasks: masked(tasks, secrets) as TaskSummary[],
      output: mask(output, secrets),
      fault: null,
    };
  } catch (error) {
    if (!(error instanceof PlaybookError)) throw error;
    const { recap = '', output, message } = error;
    return { recap, tasks: [], output: mask(output, secrets), fault: mask(message, secrets) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
