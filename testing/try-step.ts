import type { AnyStep } from '../define/synchronizer.ts';
import { skip, type Attributes } from '../define/step.ts';
import { fakeContext, type Descendants, type FakeObject } from './fake-context.ts';
import type { World } from './world.ts';

/** Runs the playbooks of Ansible steps. */
export type PlayRunner = (play: {
  readonly templateName: string;
  readonly variables: Attributes;
  readonly isDeletion: boolean;
  /** Called with the name of each task that has run. */
  readonly onTask: (name: string) => void;
  readonly signal: AbortSignal;
}) => Promise<{ readonly outputs: Attributes; readonly output: string }>;

/** One attempt, looked at from outside. */
export interface Attempt {
  readonly status: 'done' | 'deferred' | 'failed' | 'killed';
  /** Recorded in its midst and, unless it was killed or failed, returned. */
  readonly feedback: Readonly<Record<string, unknown>>;
  /** Recorded in its midst alone. */
  readonly recorded: Readonly<Record<string, unknown>>;
  readonly reason: string;
  /** All that it let be seen: logs, errors, output of playbooks, feedback. */
  readonly said: string;
  readonly effects: readonly string[];
}

/** Run a step once on an object, and kill it after `dieAfter` effects. */
export async function tryStep(
  kind: 'sync' | 'delete',
  step: AnyStep,
  object: FakeObject,
  objects: readonly FakeObject[],
  options: {
    readonly world: World;
    readonly descendants?: Descendants | undefined;
    readonly play?: PlayRunner | undefined;
    readonly dieAfter?: number | undefined;
  },
): Promise<Attempt> {
  const { world, descendants = {}, play, dieAfter } = options;
  const killed = new AbortController();
  const { died } = world.begin(dieAfter);
  void died.then(() => killed.abort());
  const recorded: Record<string, unknown> = {};
  const context = fakeContext({
    objects: [object, ...objects],
    descendants,
    signal: killed.signal,
    async onRecord(feedback) {
      Object.assign(recorded, feedback);
      await world.effect('context.record');
    },
  });
  let output = '';
  const work = async (): Promise<Record<string, unknown>> => {
    if (step.kind === 'step') {
      if (kind === 'sync') return ((await step.syncRecord(object, context)) ?? {}) as Record<string, unknown>;
      await step.deleteRecord(object, context);
      return {};
    }
    const removal = step.deleteRecord;
    if (kind === 'delete' && typeof removal !== 'object') {
      await removal?.(object, context);
      return {};
    }
    if (play === undefined) throw new Error('there is no Ansible to run its playbook with');
    const templateName =
      kind === 'delete' && typeof removal === 'object' ? removal.templateName : step.templateName;
    const fields = Object.fromEntries(
      Object.entries(object).filter(([name]) => name !== 'model' && name !== 'id'),
    );
    const variables = (await step.getExtraAttributes?.(object, context)) ?? fields;
    if (variables === skip) return {};
    const run = {
      templateName,
      variables,
      isDeletion: kind === 'delete',
      onTask: (name: string) => void world.effect(`task ${name}`),
      signal: killed.signal,
    };
    const ran = await world.aside(() => play(run));
    output = ran.output;
    return kind === 'delete'
      ? {}
      : ((step.mapOutputs?.(ran.outputs, object) ?? {}) as Record<string, unknown>);
  };
  const outcome = await Promise.race([
    work().then(
      (feedback) => ({ status: 'done', feedback, reason: '' }) as const,
      async (error: unknown) => {
        // What a killed playbook says of itself is not the step's word.
        if (killed.signal.aborted) return { status: 'killed', feedback: {}, reason: '' } as const;
        const isDeferral = error instanceof Error && error.name === 'DeferredException';
        const reason = error instanceof Error ? error.message : String(error);
        return { status: isDeferral ? 'deferred' : 'failed', feedback: {}, reason } as const;
      },
    ),
    // A playbook that is killed ends by itself; it is waited for.
    ...(step.kind === 'step'
      ? [died.then(() => ({ status: 'killed', feedback: {}, reason: '' }) as const)]
      : []),
  ]);
  const feedback = outcome.status === 'done' ? { ...recorded, ...outcome.feedback } : { ...recorded };
  const said = JSON.stringify([context.logged, outcome.reason, feedback]) + output;
  return { ...outcome, feedback, recorded, said, effects: [...world.effects()] };
}
