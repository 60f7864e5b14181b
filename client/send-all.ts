import type { Log } from '../log.ts';
import type { Signaller, Told } from './signal.ts';
import { isOutage } from './temporal.ts';

/** Signals under way at a time. */
const LANES = 25;

/** What became of a batch. */
export interface Sent {
  readonly accepted: readonly Told[];
  /** Accepted, too; and an attempt is sure to follow, whose beginning forgets their rows. */
  readonly onTheWay: readonly Told[];
  /** Refused, each for a reason of its own. */
  readonly failed: readonly Told[];
  /** Not sent: Temporal is away. */
  readonly left: readonly Told[];
}

/** Send a batch of signals, in order, several at a time; stop at the first sign that Temporal is away. */
export async function sendAll(claims: readonly Told[], signaller: Signaller, log: Log): Promise<Sent> {
  const accepted: Told[] = [];
  const onTheWay: Told[] = [];
  const failed: Told[] = [];
  const left: Told[] = [];
  const queue = [...claims];

  const lane = async (): Promise<void> => {
    for (let claim = queue.shift(); claim !== undefined; claim = queue.shift()) {
      try {
        const isStarted = await signaller.send(claim);
        (isStarted && claim.first !== undefined ? onTheWay : accepted).push(claim);
      } catch (error) {
        if (isOutage(error)) {
          left.push(claim, ...queue.splice(0));
        } else {
          log.error({ err: error, model: claim.model, id: claim.id }, 'workflow could not be signalled');
          failed.push(claim);
        }
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return { accepted, onTheWay, failed, left };
}
