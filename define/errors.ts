/**
 * Ask to be tried again after a constant delay, without marking the object as failed.
 *
 * Use it when the world is not ready yet («instance has no address»). The object keeps its place, its
 * dependents wait, no failure is counted and no backoff grows.
 *
 * @see CORD, «Implementation of Synchronizers», «Handling Errors»
 */
export class DeferredException extends Error {
  override readonly name = 'DeferredException';
  /** How long to wait. @default 10 seconds @format milliseconds */
  readonly afterMs: number | undefined;

  constructor(reason: string, options: { readonly afterMs?: number; readonly cause?: unknown } = {}) {
    super(reason, options.cause === undefined ? undefined : { cause: options.cause });
    this.afterMs = options.afterMs;
  }
}

/**
 * Say that trying again is of no use: the object is Stalled until its goal changes, or until a person asks.
 *
 * Use it for a goal that the back end will never accept («no such flavor»).
 */
export class PermanentException extends Error {
  override readonly name = 'PermanentException';
}
