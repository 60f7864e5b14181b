import type { Attempt, Terms } from '../activities/index.ts';
import type { Log } from '../log.ts';
import { prepare } from '../store/attempts.ts';
import { setAside, type Claim } from '../store/outbox.ts';
import type { Store } from '../store/store.ts';
import { forgotten } from '../store/sweep.ts';
import { workflowIdOf } from '../workflows/messages.ts';
import type { Told } from './signal.ts';

/** Objects looked at at once: few, since attempts need the database, too. */
const LANES = 5;

/**
 * Look before the leap (design 3.3): find out what each object needs, so that its workflow begins with that.
 *
 * What would only wait is set aside, and no workflow is started for nothing. What it waits for brings it forward, as
 * it would wake a workflow.
 *
 * @returns what is to be told; all of it when the database does not answer, since it may be away for long
 */
export async function lookAhead(store: Store, claims: readonly Claim[], log: Log): Promise<readonly Told[]> {
  try {
    return await lookAtEach(store, claims, log);
  } catch (error) {
    log.warn({ err: error }, 'relay could not look ahead; telling all');
    return claims;
  }
}

async function lookAtEach({ database }: Store, claims: readonly Claim[], log: Log): Promise<Told[]> {
  const waiting = new Set(claims.filter(({ foresight }) => foresight === 'wait'));
  const first = new Map<Claim, Told['first']>();
  const queue = claims.filter(({ foresight }) => foresight === 'look');
  const lane = async (): Promise<void> => {
    for (let claim = queue.shift(); claim !== undefined; claim = queue.shift()) {
      const prepared = await prepare(database, claim.id);
      if (prepared.decision === 'wait' && prepared.waitMs === null) waiting.add(claim);
      if ((prepared.decision === 'sync' || prepared.decision === 'delete') && claim.terms !== null) {
        const { decision: kind, token, generation } = prepared;
        first.set(claim, { token, generation, ...termsOf(kind, claim.terms as Terms) });
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  await setAside(
    database,
    [...waiting].flatMap(({ rows }) => rows),
  );
  const lost = claims.filter(({ foresight }) => foresight === 'forgotten');
  if (lost.length > 0) {
    log.warn({ objects: lost.map(workflowIdOf) }, 'objects were not told that they wait no longer');
    await forgotten(database, lost);
  }
  return claims
    .filter((claim) => !waiting.has(claim))
    .map((claim) => ({ ...claim, first: first.get(claim) }));
}

/** What its worker has registered for `sync` goes for `delete` as well, but that it is no playbook and not inline. */
function termsOf(kind: 'sync' | 'delete', terms: Terms): Terms & Pick<Attempt, 'kind'> {
  if (kind === 'sync') return { kind, ...terms };
  const { startToCloseMs, heartbeatMs } = terms;
  return { kind, activity: 'deleteRecord', startToCloseMs, heartbeatMs };
}
