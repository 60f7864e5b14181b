// Not by way of its index, which loads all that a worker runs: a server has a relay, too.
import { termsOf } from '../activities/decide.ts';
import type { Terms } from '../activities/index.ts';
import type { Log } from '../log.ts';
import { prepareEach, type Prepared } from '../store/prepare.ts';
import { setAside, type Claim } from '../store/outbox.ts';
import type { Store } from '../store/store.ts';
import { forgotten } from '../store/sweep.ts';
import { workflowIdOf } from '../workflows/messages.ts';
import type { Told } from './signal.ts';

/** Whom a large write holds for longer is told to look for itself: the others are not to wait for that. */
const PATIENCE_MS = 1_000;

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
    PATIENCE_MS,
  );
  for (const claim of looked) {
    const needs = prepared.get(claim.id);
    if (needs?.decision === 'wait' && needs.waitMs === null) waiting.add(claim);
    if (needs !== undefined) first.set(claim, firstOf(needs, claim.terms as Terms | null));
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

/** What its workflow begins with, if it need not look; as its worker has registered the step. */
function firstOf(needs: Prepared, terms: Terms | null): Told['first'] {
  if (needs.decision === 'nothing' || needs.decision === 'wait') return undefined;
  const { decision: kind, generation } = needs;
  if (kind === 'evaluate') return { kind };
  if (terms === null) return undefined;
  const { token } = needs;
  switch (kind) {
    case 'sync':
      return { kind, token, generation, ...terms };
    case 'delete': {
      // As long as the step may take; but it is no playbook, and not inline.
      const { startToCloseMs, heartbeatMs } = terms;
      return { kind, token, generation, activity: 'deleteRecord', startToCloseMs, heartbeatMs };
    }
    case 'police':
      return { kind, token, generation, ...termsOf(kind, undefined, terms.heartbeatMs) };
  }
}
