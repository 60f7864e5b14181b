import { expect, test } from 'vitest';
import type { Ref } from '../../../model/definition.ts';
import { updateObject } from '../../../store/write.ts';
import {
  openArena,
  play,
  race,
  valueOf,
  writeSlowly,
  type Arena,
  type Edit,
  type StatementEdit,
} from './arena.ts';

/** Between the lock, the write, and the commit. */
const PAUSE_AFTER = ['for no key update', 'update objects'];

/** The tempting number: drawn when the write begins, before the object is locked. */
const NUMBERED_EARLY: { readonly edits: readonly Edit[]; readonly edit: StatementEdit } = {
  edits: [
    {
      function: 'fire_watchers',
      replace: `insert into deliveries (watcher, object_id, model, event, changed, before)
    select w.watcher,`,
      by: `insert into deliveries (id, watcher, object_id, model, event, changed, before) overriding system value
    select coalesce(nullif(current_setting('accord.early', true), '')::bigint,
                    nextval(pg_get_serial_sequence('accord.deliveries', 'id'))), w.watcher,`,
    },
  ],
  edit: {
    replace: 'select 1 from objects where id = $1 for no key update',
    by: `with early as materialized (
           select set_config('accord.early', nextval(pg_get_serial_sequence('accord.deliveries', 'id'))::text, true),
                  pg_sleep(random() * 0.01))
         select 1 from early, objects where id = $1 for no key update of objects`,
  },
};

test('events of one object are in the order of its commits, whoever writes', async () => {
  const counts = await twoWriters({ edits: [] });
  expect(Object.keys(counts)).toEqual(['in order']);
});

test('events are out of order when they are numbered before the object is locked', async () => {
  expect((await twoWriters({ ...NUMBERED_EARLY, until: 'out of order' }))['out of order']).toBeGreaterThan(0);
});

type Result = 'in order' | 'out of order';

async function twoWriters(plan: {
  readonly edits: readonly Edit[];
  readonly edit?: StatementEdit;
  readonly until?: Result;
}): Promise<Partial<Record<Result, number>>> {
  const arena = await openArena(plan.edits);
  await arena.database.query(
    `insert into watchers (name, synchronizer, synchronizes, watched)
     values ('w', 'test', '{Note}', '[{"model": "Thing", "via": "one"}]')`,
  );
  await arena.database.query('select refresh_watching()');
  const counts = await play(() => round(arena, plan.edit), plan.until);
  await arena.close();
  return counts;
}

async function round(arena: Arena, edit: StatementEdit | undefined): Promise<Result> {
  const thing = await arena.store.write({ name: 'a test' }, (tx) => tx.create('Thing', { name: 'first' }));
  const write = (name: string) => () =>
    writeSlowly(arena, { pauseAfter: PAUSE_AFTER, edit }, (writing) =>
      updateObject(writing, thing, { name }),
    );
  const sides = await race(write('second'), write('third'));
  sides.forEach((side) => valueOf<unknown>(side));
  return (await befores(arena, thing))[1] === 'first' ? 'in order' : 'out of order';
}

/** The name before each event, in the order in which they are delivered. */
async function befores({ database }: Arena, { id }: Ref): Promise<(string | undefined)[]> {
  const rows = await database.query<{ name?: string }>(
    "select before ->> 'name' as name from deliveries where object_id = $1 order by id",
    [id],
  );
  expect(rows).toHaveLength(3);
  return rows.map(({ name }) => name);
}
