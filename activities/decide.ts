import type { AnyStep } from '../define/synchronizer.ts';
import type { Ref } from '../model/definition.ts';
import { prepare } from '../store/prepare.ts';
import type { Attempt, Decision, Terms } from './contract.ts';
import type { ActivitySetup } from './create-activities.ts';

const DEFAULT_TIMEOUT_MS = 30 * 60_000;

/** A local activity keeps its workflow task busy, so it may take this long at most. */
const INLINE_TIMEOUT_MS = 5_000;

/** The step's own timeout ends an attempt with a text; Temporal's only catches what does not end. */
const MARGIN_MS = 30_000;

/** Ask Postgres what the object needs now, and say it in Temporal's terms. */
export async function decide(setup: ActivitySetup, ref: Ref): Promise<Decision> {
  const prepared = await prepare(setup.store.database, ref.id);
  switch (prepared.decision) {
    case 'nothing':
    case 'evaluate':
      return { kind: prepared.decision };
    case 'wait':
      return {
        kind: 'wait',
        waitMs: prepared.waitMs === null ? null : Math.ceil(prepared.waitMs),
        why: reasonOf(prepared.waitsFor),
      };
    case 'police':
    case 'sync':
    case 'delete': {
      const step = prepared.decision === 'police' ? undefined : setup.steps.get(ref.model);
      return {
        kind: prepared.decision,
        token: prepared.token,
        generation: prepared.generation,
        ...termsOf(prepared.decision, step, setup.settings.heartbeatMs),
      };
    }
  }
}

/** Say what Temporal must know to run attempts of a step; of none: of policies. */
export function termsOf(kind: Attempt['kind'], step: AnyStep | undefined, heartbeatMs: number): Terms {
  return {
    activity: activityOf(kind, step),
    startToCloseMs: timeoutMsOf(step) + MARGIN_MS,
    heartbeatMs,
    ...(isInline(kind, step) && { inline: true }),
  };
}

/** The longest time that an attempt may take. */
export function timeoutMsOf(step: AnyStep | undefined, isLocal = false): number {
  const timeoutMs = step?.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  return isLocal ? Math.min(timeoutMs, INLINE_TIMEOUT_MS) : timeoutMs;
}

/** A playbook is never short. */
const isInline = (kind: Attempt['kind'], step: AnyStep | undefined): boolean =>
  kind === 'sync' && step?.kind === 'step' && step.inline === true;

function activityOf(kind: Attempt['kind'], step: AnyStep | undefined): Attempt['activity'] {
  if (kind === 'police') return 'runPolicies';
  if (kind === 'delete') return 'deleteRecord';
  return step === undefined || step.kind === 'step' ? 'syncRecord' : 'runPlaybook';
}

function reasonOf(waitsFor: readonly string[]): string {
  if (waitsFor.length === 0) return 'waiting for the time of the next attempt';
  const shown = waitsFor.slice(0, 5).join(', ');
  const since = new Date().toISOString().slice(11, 16);
  return `waiting for ${shown}${waitsFor.length > 5 ? ` and ${waitsFor.length - 5} more` : ''} since ${since} UTC`;
}
