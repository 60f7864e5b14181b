/** How the wait between two attempts grows. */
export interface RetryPolicy {
  readonly initialMs: number;
  readonly factor: number;
  readonly maxMs: number;
}

/** 5 s × 2ⁿ, at most 10 minutes. */
export const DEFAULT_RETRY: RetryPolicy = { initialMs: 5_000, factor: 2, maxMs: 600_000 };

/** How far a delay may lie from its nominal value, so that what failed together is not tried together. */
const JITTER = 0.2;

/**
 * Compute how long to wait after a failure.
 *
 * @param failures how many there have been since the goal last changed, this one included; at least 1
 * @param random from [0, 1); the caller's, so that this stays a pure function
 * @returns milliseconds: initial × factor^(failures - 1), at most max, then ± 20 %
 */
export function retryDelayMs(failures: number, policy: RetryPolicy, random: number): number {
  const nominal = Math.min(policy.initialMs * policy.factor ** (failures - 1), policy.maxMs);
  return Math.round(nominal * (1 + JITTER * (2 * random - 1)));
}

/** Longest wait for another attempt's lease, or for a free place. */
const LONGEST_PUT_OFF_MS = 10_000;

/**
 * Compute how long an attempt puts itself off when another holds the object, or no place is free.
 *
 * @param tries how often it has put itself off already
 */
export function putOffMs(tries: number, random: number): number {
  return Math.round(Math.min(250 * 2 ** Math.min(tries, 10), LONGEST_PUT_OFF_MS) * (0.5 + random / 2));
}
