import type { Attempt, Terms } from '../activities/index.ts';
import type { Log } from '../log.ts';
import { prepareEach } from '../store/prepare.ts';
import { setAside, type Claim } from '../store/outbox.ts';
import type { Store } from '../store/store.ts';
import { forgotten } from '../store/sweep.ts';
import { workflowIdOf } from '../workflows/messages.ts';
import type { Told } from './signal.ts';

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
  const looked = claims.filter(({ foresight }) => foresight === 'look');
  const prepared = await prepareEach(
    database,
    looked.map(({ id }) => id),
  );
  for (const claim of looked) {
    const needs = prepared.get(claim.id);
    if (needs?.decision === 'wait' && needs.waitMs === null) waiting.add(claim);
    if ((needs?.decision === 'sync' || needs?.decision === 'delete') && claim.terms !== null) {
      const { decision: kind, token, generation } = needs;
      first.set(claim, { token, generation, ...termsOf(kind, claim.terms as Terms) });
    }
  }
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
