import type { Ref } from '../../model/definition.ts';
import {
  recordSynced,
  recordUnfinished,
  type Fence,
  type Loaded,
  type Unfinished,
} from '../../store/attempts.ts';
import { prepare } from '../../store/prepare.ts';
import type { Store } from '../../store/store.ts';
import { begin as beginAttempt } from '../support/begin.ts';

/** What a worker does, one statement at a time, so that a test can stop anywhere. */
export interface Attempts {
  /** Let it look at what it waits for. */
  look(ref: Ref): Promise<void>;
  begin(ref: Ref): Promise<{ readonly fence: Fence; readonly loaded: Loaded }>;
  sync(ref: Ref): Promise<void>;
  fail(ref: Ref, text: string, end?: Partial<Unfinished>): Promise<void>;
}

export function attemptsOn({ database }: Store): Attempts {
  const begin: Attempts['begin'] = async ({ id }) => {
    // What was put off would wait.
    await database.query('update objects set next_attempt_at = null where id = $1', [id]);
    const prepared = await prepare(database, id);
    if (!('token' in prepared)) throw new Error(`${id} is not ready: ${JSON.stringify(prepared)}`);
    const fence = { id, token: prepared.token, attempt: 1 };
    return { fence, loaded: await beginAttempt(database, fence, { leaseMs: 60_000, worker: 'w1' }) };
  };
  return {
    begin,
    async look({ id }) {
      await prepare(database, id);
    },
    async sync(ref) {
      const { fence, loaded } = await begin(ref);
      await recordSynced(database, fence, { loaded, feedback: {}, summary: null });
    },
    async fail(ref, text, end = {}) {
      const { fence, loaded } = await begin(ref);
      const ended = { status: 'failed', code: null, text, shown: text, delayMs: 480_000, ...end } as const;
      await recordUnfinished(database, fence, loaded, ended);
    },
  };
}
