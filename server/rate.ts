/** How much one address may ask at a time, and how fast that fills up again. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** What anybody may ask. */
export const REQUESTS: Rate = { burst: 1_000, perSecond: 200 };
/**
 * How often one may be turned away for a token before being told to wait, and not entered into the audit trail any more.
 *
 * A right token is let in all the same: others who come from that address are not to be shut out. So one may go on
 * guessing as fast as {@link REQUESTS} allows; what makes that hopeless is how long tokens are.
 */
export const REFUSALS: Rate = { burst: 20, perSecond: 0.5 };

const MOST_ADDRESSES = 10_000;

/**
 * Create a limit: a bucket for each address, in this process alone.
 *
 * @returns how long to wait, in seconds, when an address has nothing left; else 0, and one less is left
 */
export function createLimit(
  { burst, perSecond }: Rate,
  now: () => number = () => performance.now(),
): (address: string) => number {
  const buckets = new Map<string, { left: number; at: number }>();
  return (address) => {
    const at = now();
    const bucket = buckets.get(address) ?? { left: burst, at };
    const left = Math.min(burst, bucket.left + ((at - bucket.at) / 1000) * perSecond);
    buckets.delete(address);
    // In the order of their last use: the first has been quiet longest.
    const [quietest] = buckets.keys();
    if (buckets.size >= MOST_ADDRESSES && quietest !== undefined) buckets.delete(quietest);
    buckets.set(address, { left: Math.max(left - 1, 0), at });
    return left >= 1 ? 0 : Math.ceil((1 - left) / perSecond);
  };
}
