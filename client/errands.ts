import type { Client } from '@temporalio/client';
import type { Log } from '../log.ts';
import { release } from '../store/holds.ts';
import { claimErrands, forgetRows, putOffRows, type Errand } from '../store/outbox.ts';
import { resyncReaders, verifyReads } from '../store/reads.ts';
import type { Store } from '../store/store.ts';
import { deliver, select } from './attend.ts';
import { sayLastWord } from './last-word.ts';

/** What errands are run with. */
export interface ErrandContext {
  readonly store: Store;
  readonly client: Client;
  readonly log: Log;
}

/** Runs one errand. Idempotent: it may be run again, here or by another relay, until its row is gone. */
export type RunErrand = (context: ErrandContext, errand: Errand) => Promise<void>;

/** One way to run each kind of errand. */
const ERRANDS: Partial<Record<Errand['kind'], RunErrand>> = {
  readers: ({ store }, { objectId }) => resyncReaders(store.database, objectId ?? 0),
  verify: ({ store }, { objectId }) => verifyReads(store.database, objectId ?? 0),
  deliver,
  select,
  end: sayLastWord,
  release: ({ store }, { subject }) => release(store.database, subject ?? ''),
};

const BATCH = 50;

/**
 * Claim and run the next errands; each that is done is forgotten, each that failed is put off by itself.
 *
 * @returns whether there were any
 */
export async function runErrands(context: ErrandContext): Promise<boolean> {
  const { database } = context.store;
  const errands = await claimErrands(database, BATCH);
  await Promise.all(
    errands.map(async (errand) => {
      const run = ERRANDS[errand.kind];
      try {
        if (run === undefined) throw new Error(`this version does not know the errand ${errand.kind}`);
        await run(context, errand);
        await forgetRows(database, errand.rows);
      } catch (error) {
        context.log.warn({ err: error, errand }, 'errand could not be run; trying again by itself');
        await putOffRows(database, errand.rows, Math.min(250 * 2 ** errand.tries, 60_000));
      }
    }),
  );
  return errands.length > 0;
}
