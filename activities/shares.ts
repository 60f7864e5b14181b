import type { AnyPolicy, AnyStep } from '../define/synchronizer.ts';

/** A step that gave back no place for so long is taken to hang. */
const HANGS_MS = 2_000;
/** While it gives some back, one is waited for: that costs less than to be put off and come again. */
const PATIENCE_MS = 500;
/** Who expects a place so soon holds up nobody by waiting for it. */
const SOON_MS = 50;
/** Who does not may wait all the same, so that a place that comes free is taken at once: so many for each place. */
const WAITING_EACH = 1 / 4;
/** How much the last attempt counts in how long they take. */
const WEIGHT = 0.2;

/** What one step, or one policy, has of a worker's slots. */
interface Share {
  used: number;
  /** Places change hands from one attempt to the next, in the order of their coming. */
  readonly queue: (() => void)[];
  givenBackAt: number;
  /** How long a place was held, of late. */
  heldMs: number;
}

/**
 * The share of this worker's slots that one step, or one policy, may use: half of them, so that one whose every attempt
 * hangs leaves room for the others.
 *
 * Who waits for a place has a slot, too. So few do, unless it is a matter of milliseconds: the other slots are for what
 * may be of another step.
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
    else if (!this.#mayWait(share) || !(await turn(share))) return undefined;
    const takenAt = performance.now();
    return () => {
      share.givenBackAt = performance.now();
      share.heldMs += WEIGHT * (share.givenBackAt - takenAt - share.heldMs);
      const next = share.queue.shift();
      if (next === undefined) share.used -= 1;
      else next();
    };
  }

  #mayWait({ queue, givenBackAt, heldMs }: Share): boolean {
    if (performance.now() - givenBackAt > HANGS_MS) return false;
    const expectedMs = (heldMs / this.#most) * (queue.length + 1);
    return expectedMs <= SOON_MS || queue.length < Math.ceil(this.#most * WAITING_EACH);
  }

  #shareOf(by: object | undefined): Share {
    const share = this.#shares.get(by) ?? { used: 0, queue: [], givenBackAt: -Infinity, heldMs: 0 };
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
