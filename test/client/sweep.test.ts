import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSignaller } from '../../client/signal.ts';
import { startSweep } from '../../client/sweep.ts';
import type { Ref } from '../../model/definition.ts';
import { workflowIdOf } from '../../workflows/messages.ts';
import { model } from '../support/models.ts';
import { createNamespace, type TestNamespace } from '../support/namespace.ts';
import { createTestStore, type TestStore } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';
import { claimOf } from './claims.ts';

// Neither a relay nor a worker is here: what the sweep finds stays in the outbox, and workflows stay as they are.
let temporal: TestNamespace;
let store: TestStore;
beforeAll(async () => {
  temporal = await createNamespace();
  store = await createTestStore([model('Color')]);
});
afterAll(async () => {
  await temporal.close();
  await store.drop();
});
beforeEach(async () => {
  await store.database.query('delete from objects');
  await store.database.query('delete from outbox');
  await store.database.query('delete from events');
});

/** Objects of which nothing speaks any more, and to which nothing has happened for so long. */
async function createLost(count: number, minutes: number): Promise<Ref[]> {
  const refs = await store.write({ name: 'a test' }, async (tx) => {
    const made: Ref[] = [];
    for (let at = 0; at < count; at += 1) made.push(await tx.create('Color', { name: `color ${at}` }));
    return made;
  });
  await store.database.query("update objects set updated = now() - $1 * interval '1 minute'", [minutes]);
  await store.database.query('delete from outbox');
  return refs;
}

/** Let the sweep come by this often, and look what it has found. */
async function sweep(times: number): Promise<Ref[]> {
  const { database } = store;
  const log = pino({ level: 'silent' });
  const sweeping = startSweep({ store, client: temporal.client, log, everyMs: 100 });
  const seen = new Set<number>();
  // One that has begun is finished when it is stopped.
  await waitFor(`${times} sweeps`, async () => {
    const [row] = await database.query<{ at: Date }>('select at from sweeps');
    if (row !== undefined) seen.add(row.at.getTime());
    return seen.size > times ? true : undefined;
  });
  await sweeping.stop();
  return database.query<Ref>(
    "select model, object_id as id from events where kind = 'found by the sweep' order by object_id",
  );
}

describe('the sweep', () => {
  test('finds all that is lost, however much it is, and puts each into the outbox once', async () => {
    const refs = await createLost(130, 5);
    expect(await sweep(2)).toEqual(refs);
    const told = await store.database.query('select reason from outbox');
    expect(told).toEqual(refs.map(() => ({ reason: 'sweep' })));
  });

  test('leaves alone what has a workflow that is about to look, however long ago the object was changed', async () => {
    const [waiting, lost] = await createLost(2, 60);
    if (waiting === undefined || lost === undefined) throw new Error('not created');
    await createSignaller(temporal.client).send(claimOf(waiting.id, { model: 'Color' }));
    expect(await sweep(2)).toEqual([lost]);
  });

  test('finds what has a workflow that was terminated', async () => {
    const [ref] = await createLost(1, 5);
    if (ref === undefined) throw new Error('not created');
    await createSignaller(temporal.client).send(claimOf(ref.id, { model: 'Color' }));
    await temporal.client.workflow.getHandle(workflowIdOf(ref)).terminate('a test');
    expect(await sweep(2)).toEqual([ref]);
  });

  test.each<[string, string]>([
    // Just now is a minute from now, so that it lasts as long as the test.
    ['has been changed just now', "updated = now() + interval '1 minute'"],
    ['has an attempt under way', "lease_until = now() + interval '1 minute'"],
    ['is in backoff', "next_attempt_at = now() - interval '30 seconds'"],
    ['is clean', 'enacted = generation'],
    ['is stalled', "outcome = 'stalled', outcome_generation = generation"],
    ['is unmanaged', 'no_sync = true'],
  ])('leaves alone what %s', async (_, state) => {
    await createLost(1, 5);
    await store.database.query(`update objects set ${state}`);
    expect(await sweep(1)).toEqual([]);
  });
});
