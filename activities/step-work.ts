import { join } from 'node:path';
import { runPlaybook } from '../backend/run-playbook.ts';
import { sysEntry } from '../backend/sys-dir.ts';
import type { StepContext } from '../define/context.ts';
import type { AnyStep } from '../define/synchronizer.ts';
import type { Attributes } from '../define/step.ts';
import type { ModelDefinition } from '../model/definition.ts';
import { recordFeedback } from '../store/attempts.ts';
import { complete } from '../store/read.ts';
import { checkFeedback } from '../store/validate.ts';
import type { Done, Job } from './attempt.ts';
import { timeoutMsOf } from './decide.ts';
import { authorObject, createReader, type AuthorObject } from './reader.ts';

type AnsibleLike = Exclude<AnyStep, { readonly kind: 'step' }>;

/** Run the author's step on an object: its code, or its playbook. */
export async function stepWork(job: Job): Promise<Done> {
  const { setup, ref, loaded, kind } = job;
  const step = setup.steps.get(ref.model);
  const definition = (await setup.store.models()).get(ref.model)?.definition;
  if (step === undefined || definition === undefined) {
    throw new Error(`synchronizer ${setup.synchronizer} has no step for ${ref.model} any more`);
  }
  const fields = complete(definition, loaded);
  const object = authorObject({ ...ref, ...fields });
  const context = contextOf(job, definition);
  // Code that does not say that it can pretend might touch the back end: it is not called.
  const isCalled = !loaded.pretending || step.pretend === true;

  if (step.kind !== 'step') {
    if (kind === 'sync') return play(job, definition, step, step.templateName, object, context);
    const { deleteRecord } = step;
    if (typeof deleteRecord === 'object')
      return play(job, definition, step, deleteRecord.templateName, object, context);
    if (isCalled) await deleteRecord?.(object, context);
    return NOTHING;
  }
  if (!isCalled) return NOTHING;
  if (kind === 'delete') {
    await step.deleteRecord(object, context);
    return NOTHING;
  }
  const feedback: unknown = await step.syncRecord(object, context);
  return { feedback: checked(definition, feedback), summary: null };
}

const NOTHING: Done = { feedback: {}, summary: null };

function contextOf(job: Job, definition: ModelDefinition): StepContext {
  const { setup, ref, fence } = job;
  return {
    ...createReader(setup.store, job.secrets, job.log),
    log: job.said.log,
    signal: job.signal,
    pretend: job.loaded.pretending,
    ...REFUSED,
    fence: fence.token,
    async record(feedback) {
      const value = checked(definition, feedback);
      if (await recordFeedback(setup.store.database, fence, value)) return;
      throw new Error(`this attempt holds ${ref.model}/${ref.id} no longer; its feedback was not stored`);
    },
  };
}

/** What policies may do, and steps may not: said in a sentence to code that no compiler has seen. */
const REFUSED = Object.fromEntries(
  ['create', 'update', 'remove'].map((name) => [
    name,
    (): never => {
      throw new TypeError(`a step only reads declarative state: to ${name} objects is for policies`);
    },
  ]),
);

async function play(
  job: Job,
  definition: ModelDefinition,
  step: AnsibleLike,
  templateName: string,
  object: AuthorObject,
  context: StepContext,
): Promise<Done> {
  const { setup, ref, kind, fence } = job;
  if (setup.ansible === undefined) throw new Error('this worker was started without Ansible');
  const attributes = (await step.getExtraAttributes?.(object, context)) ?? withoutIdentity(object);
  const result = await runPlaybook({
    ansible: setup.ansible,
    playbook: join(setup.folder, 'playbooks', templateName),
    variables: withoutUndefined(attributes),
    runDir: sysEntry(setup.sysDir, definition.app, ref),
    signal: job.signal,
    timeoutMs: timeoutMsOf(step),
    delete: kind === 'delete',
    syntaxOnly: job.loaded.pretending,
    attempt: {
      worker: setup.worker,
      token: fence.token,
      attempt: fence.attempt,
      generation: job.loaded.generation,
    },
  });
  context.log.info(
    { ansible_playbook: templateName, duration_ms: result.durationMs, ansible_cold: result.cold },
    'playbook done',
  );
  if (kind === 'delete' || job.loaded.pretending) return { feedback: {}, summary: result.recap };
  const feedback: unknown = step.mapOutputs?.(result.outputs, object);
  return { feedback: checked(definition, feedback), summary: result.recap };
}

const withoutUndefined = (attributes: Attributes): Attributes =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));

// Names of fields become names of variables; the reference is Accord's own.
const withoutIdentity = (object: AuthorObject): Attributes =>
  Object.fromEntries(Object.entries(object).filter(([name]) => name !== 'model' && name !== 'id'));

/** Feedback as it is stored. @throws when a step reports what its model does not have */
function checked(definition: ModelDefinition, feedback: unknown): Record<string, unknown> {
  if (feedback === undefined || feedback === null) return {};
  if (typeof feedback !== 'object' || Array.isArray(feedback)) {
    throw new TypeError(
      `the step of ${definition.name} must return an object of feedback fields, or nothing`,
    );
  }
  const given = withoutUndefined(feedback as Attributes);
  const faults = checkFeedback(definition, given);
  if (faults.length === 0) return given;
  throw new TypeError(
    `the step of ${definition.name} reported feedback that cannot be stored: ${faults.map(({ message }) => message).join('; ')}`,
  );
}
