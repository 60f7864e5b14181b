import type { AnyPolicy, AnyStep } from '../define/synchronizer.ts';

/** A step that gave back no place for so long is taken to hang. */
const HANGS_MS = 2_000;
/** While it gives some back, one is waited for: that costs less than to be put off and come again. */
const PATIENCE_MS = 500;

/** What one step, or one policy, has of a worker's slots. */
interface Share {
  used: number;
  /** Places change hands from one attempt to the next, in the order of their coming. */
  readonly queue: (() => void)[];
  givenBackAt: number;
}

/**
 * The share of this worker's slots that one step, or one policy, may use: half of them, so that one whose every attempt
 * hangs leaves room for the others.
 */
export class Shares {
  readonly #most: number;
  readonly #shares = new Map<object | undefined, Share>();

  constructor(slots: number) {
    this.#most = Math.max(1, Math.floor(slots / 2));
  }

  /** @returns what gives the place back; undefined when there is none, and none to be expected soon */
  async take(by: AnyStep | AnyPolicy | undefined): Promise<(() => void) | undefined> {
    const share = this.#shareOf(by);
    if (share.used < this.#most) share.used += 1;
    else if (performance.now() - share.givenBackAt > HANGS_MS || !(await turn(share))) return undefined;
    return () => {
      share.givenBackAt = performance.now();
      const next = share.queue.shift();
      if (next === undefined) share.used -= 1;
      else next();
    };
  }

  #shareOf(by: object | undefined): Share {
    const share = this.#shares.get(by) ?? { used: 0, queue: [], givenBackAt: -Infinity };
    this.#shares.set(by, share);
    return share;
  }
}

/** Wait for a place that somebody gives back. @returns false when there came none */
function turn({ queue }: Share): Promise<boolean> {
  return new Promise((resolve) => {
    const take = (): void => {
      clearTimeout(patience);
      resolve(true);
    };
    const patience = setTimeout(() => {
      queue.splice(queue.indexOf(take), 1);
      resolve(false);
    }, PATIENCE_MS);
    queue.push(take);
  });
}
