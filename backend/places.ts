/** A number of places, taken in the order of asking. */
export interface Places {
  /** Wait for a place. Returns how to leave it, or nothing when `signal` was aborted first. */
  enter(signal: AbortSignal): Promise<(() => void) | undefined>;
}

export function createPlaces(count: number): Places {
  let free = count;
  const queue = new Set<() => void>();
  const leave = (): void => {
    const [next] = queue;
    if (next === undefined) free += 1;
    else {
      queue.delete(next);
      next();
    }
  };
  const once = (): (() => void) => {
    let left = false;
    return () => {
      if (!left) leave();
      left = true;
    };
  };
  return {
    async enter(signal) {
      if (signal.aborted) return undefined;
      if (free > 0) {
        free -= 1;
        return once();
      }
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const called = (): void => resolve(true);
      const givenUp = (): void => {
        // Whoever was called has the place, aborted or not.
        if (queue.delete(called)) resolve(false);
      };
      queue.add(called);
      signal.addEventListener('abort', givenUp, { once: true });
      const isIn = await promise;
      signal.removeEventListener('abort', givenUp);
      return isIn ? once() : undefined;
    },
  };
}
