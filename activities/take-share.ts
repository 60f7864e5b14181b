import type { AnyPolicy, AnyStep } from '../define/synchronizer.ts';
import type { Fence } from '../store/attempts.ts';
import { forgetTold } from '../store/outbox.ts';
import { putOff } from './benign.ts';
import type { ActivitySetup } from './create-activities.ts';

/**
 * Take a place in the share of a step, or of a policy.
 *
 * @returns what gives it back
 * @throws {ApplicationFailure} when there is none: put off, and others are told of meanwhile, whose turn may come sooner
 */
export async function takeShare(
  setup: Pick<ActivitySetup, 'shares' | 'store'>,
  fence: Fence,
  by: AnyStep | AnyPolicy | undefined,
  what: 'step' | 'policy',
): Promise<() => void> {
  const giveBack = await setup.shares.take(by);
  if (giveBack !== undefined) return giveBack;
  if (fence.attempt === 1) await forgetTold(setup.store.database, fence.id);
  throw putOff(fence.attempt, `the share of its ${what} in this worker is in use`);
}
