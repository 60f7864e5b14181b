import { ApplicationFailure } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import { putOffMs } from '../plan/delay.ts';

/** No error to anybody: Temporal neither counts nor shows it as one, and tries again after this delay. */
export function benign(message: string, type: string, delayMs: number): ApplicationFailure {
  return ApplicationFailure.create({
    message,
    type,
    category: ApplicationFailureCategory.BENIGN,
    // Temporal takes 0 for «as the policy says».
    nextRetryDelay: Math.max(delayMs, 1),
  });
}

/** Not now: another is at it, or no place is free. */
export function putOff(tries: number, why: string): ApplicationFailure {
  return benign(why, 'PutOff', putOffMs(tries, Math.random()));
}
