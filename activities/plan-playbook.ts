import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { PlaybookError } from '../backend/playbook-error.ts';
import { runPlaybook } from '../backend/run-playbook.ts';
import type { TaskSummary } from '../backend/verdict.ts';
import type { StepContext } from '../define/context.ts';
import type { StoredObject } from '../store/types.ts';
import type { ActivitySetup } from './create-activities.ts';
import { timeoutMsOf } from './decide.ts';
import { mask, masked } from './mask.ts';
import { playbookOf, type AnsibleLike, type Playbook } from './playbook.ts';
import { authorObject, collectSecrets, createReader } from './reader.ts';

/** Of what activities work with, what it takes to plan. */
export type PlanSetup = Pick<ActivitySetup, 'store' | 'folder' | 'ansible' | 'proxySsh' | 'steps' | 'log'>;

/** What would be run for an object. */
export interface PlannedPlaybook {
  /** The name of its file; null: its attributes say that there is nothing to run, or it cannot be told. */
  readonly playbook: string | null;
  /** What it would be run with; without secrets. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Why it cannot be told, if so. */
  readonly fault: string | null;
  /** Ask Ansible what it would change now. Changes nothing, holds nothing, records nothing. */
  readonly check: (signal: AbortSignal) => Promise<Foreseen>;
}

/** What a playbook would change, as Ansible's check-and-diff mode tells it. */
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

/** Say what would be run for an object. Undefined: its step does that by code. */
export async function planPlaybook(
  setup: PlanSetup,
  object: StoredObject,
  signal: AbortSignal,
): Promise<PlannedPlaybook | undefined> {
  const step = setup.steps.get(object.model);
  if (step === undefined || step.kind === 'step') return undefined;
  if (object.deleted && typeof step.deleteRecord !== 'object') return undefined;

  const secrets = new Set<string>();
  const definition = (await setup.store.models()).get(object.model)?.definition;
  collectSecrets(definition, { ...object.declarative, ...object.feedback }, secrets);
  const context: StepContext = {
    ...createReader(setup.store, secrets),
    log: setup.log.child({ model: object.model, id: object.id, plan: true }),
    signal,
    pretend: false,
    fence: 0,
    record: () =>
      Promise.reject(new TypeError('nothing is recorded while it is only looked what would be done')),
  };
  const kind = object.deleted ? 'delete' : 'sync';
  try {
    const playbook = await playbookOf(setup, step, kind, authorObject(object), context);
    return {
      playbook: playbook && basename(playbook.playbook),
      variables: masked(playbook?.variables ?? {}, secrets) as Record<string, unknown>,
      fault: null,
      check: (ended) =>
        playbook === null ? Promise.resolve(NOTHING) : check(playbook, step, object, secrets, ended),
    };
  } catch (error) {
    const fault = mask(error instanceof Error ? error.message : String(error), secrets);
    return { playbook: null, variables: {}, fault, check: () => Promise.resolve({ ...NOTHING, fault }) };
  }
}

const NOTHING: Foreseen = { recap: '', tasks: [], output: '', fault: null };

// Tasks that know no check mode are skipped, and what depends on what they would have done cannot be foreseen.
async function check(
  playbook: Playbook,
  step: AnsibleLike,
  { model, id }: StoredObject,
  secrets: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Foreseen> {
  const folder = await mkdtemp(join(tmpdir(), 'accord-check-'));
  try {
    const timeoutMs = timeoutMsOf(step);
    const runDir = join(folder, 'check', `${model}_${id}`);
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
