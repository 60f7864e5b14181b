import { basename } from 'node:path';
import { PlaybookError } from '../backend/playbook-error.ts';
import { runPlaybook, type PlaybookRequest } from '../backend/run-playbook.ts';
import { bundleOf } from '../backend/sys-bundle.ts';
import { sysEntry } from '../backend/sys-dir.ts';
import type { StepContext } from '../define/context.ts';
import type { Attributes } from '../define/step.ts';
import type { ModelDefinition } from '../model/definition.ts';
import { recordFeedback } from '../store/attempts.ts';
import { complete } from '../store/read.ts';
import { checkFeedback } from '../store/validate.ts';
import type { Done, Job } from './attempt.ts';
import { timeoutMsOf } from './decide.ts';
import { hostKeyField } from './instance-target.ts';
import { playbookOf, type AnsibleLike } from './playbook.ts';
import { authorObject, createReader, type AuthorObject } from './reader.ts';

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
    const { deleteRecord } = step;
    if (kind !== 'delete' || typeof deleteRecord === 'object')
      return play(job, definition, step, object, context);
    if (isCalled) job.touch();
    if (isCalled) await deleteRecord?.(object, context);
    return NOTHING;
  }
  if (!isCalled) return NOTHING;
  job.touch();
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
    // Made for who asks for it.
    get log() {
      return job.said.log;
    },
    signal: job.signal,
    pretend: job.loaded.pretending,
    ...REFUSED,
    fence: job.serial,
    async record(feedback) {
      const value = checked(definition, feedback);
      // What is worth reporting is there.
      job.trail.touch();
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
  object: AuthorObject,
  context: StepContext,
): Promise<Done> {
  const { setup, ref, kind, fence, loaded, trail } = job;
  const playbook = await playbookOf(setup, step, kind === 'delete' ? 'delete' : 'sync', object, context);
  if (playbook === null) return { feedback: {}, summary: 'nothing to run' };
  const request: PlaybookRequest = {
    ...playbook,
    runDir: sysEntry(setup.sysDir, definition.app, ref),
    signal: job.signal,
    timeoutMs: timeoutMsOf(step),
    syntaxOnly: loaded.pretending,
    attempt: { worker: setup.worker, number: job.number, generation: loaded.generation, token: fence.token },
    onWritten: async () => {
      await trail.run(await bundleOf(request));
      job.touch();
    },
    onEvent: (event) => trail.note(event),
    onHostKeys: (keys) => recordHostKeys(context, step, keys),
  };
  const result = await runPlaybook(request).catch(async (error: unknown) => {
    if (error instanceof PlaybookError) await trail.print(error.output);
    throw error;
  });
  await trail.print(result.output);
  const { durationMs, recap, outputs, cold } = result;
  context.log.info({ duration_ms: durationMs, ansible_cold: cold }, 'playbook done');
  if (loaded.pretending) return { feedback: {}, summary: `${basename(playbook.playbook)} would be run` };
  if (kind === 'delete') return { feedback: {}, summary: recap };
  const feedback: unknown = step.mapOutputs?.(outputs, object);
  return { feedback: checked(definition, feedback), summary: recap };
}

/** Whatever came of the run: the next one is to know the key. */
async function recordHostKeys(
  context: StepContext,
  step: AnsibleLike,
  keys: readonly string[],
): Promise<void> {
  const field = step.kind === 'instance' ? hostKeyField(step) : undefined;
  if (field !== undefined) await context.record({ [field]: keys.join('\n') });
}

const withoutUndefined = (attributes: Attributes): Attributes =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));

/** Feedback as it is stored. @throws when a step reports what its model does not have */
function checked(definition: ModelDefinition, feedback: unknown): Record<string, unknown> {
  if (feedback === undefined || feedback === null) return {};
  if (typeof feedback !== 'object' || Array.isArray(feedback)) {
    throw new TypeError(
      `the step of ${definition.name} must return an object of feedback fields, or nothing`,
    );
  }
  const given = withoutUndefined(feedback as Attributes);
  const { scalars, faults } = checkFeedback(definition, given);
  if (faults.length === 0) return { ...scalars };
  throw new TypeError(
    `the step of ${definition.name} reported feedback that cannot be stored: ${faults.map(({ message }) => message).join('; ')}`,
  );
}
