import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { model } from '../support/models.ts';
import { createTestStore, type TestStore } from '../support/store.ts';

const MANY = 3_000;

let store: TestStore;
beforeAll(async () => {
  // One has a step, one only a policy, one nobody; of one the step chooses what is due.
  store = await createTestStore(
    ['Stepped', 'Policed', 'Plain', 'Chosen'].map((name) => model(name)),
    { withoutStep: ['Policed', 'Plain'], withPolicy: ['Stepped', 'Policed'] },
  );
  await store.database.query(
    `insert into pollers (name, synchronizer, every_ms) values ('p', 'test', 60000);
     insert into selecting (model, poller) values ('Chosen', 'p')`,
  );
});
afterAll(() => store.drop());

const generations = fc.option(fc.constantFrom(1, 2));
const ANY = fc.record({
  model: fc.constantFrom('Stepped', 'Policed', 'Plain', 'Chosen'),
  version: fc.constantFrom(1, 2),
  enacted: generations,
  policed: generations,
  pretended: generations,
  selected: generations,
  deleted: fc.boolean(),
  need_delete: fc.boolean(),
  need_reap: fc.boolean(),
  no_sync: fc.boolean(),
  no_policy: fc.boolean(),
  pretend: fc.boolean(),
  outcome: fc.option(fc.constantFrom('failed', 'deferred', 'stalled')),
  outcome_generation: generations,
  isPaused: fc.boolean(),
  // Ahead, past, or none.
  next: fc.option(fc.constantFrom('ahead', 'past')),
  isLeased: fc.boolean(),
});
/** An attempt that has begun on a live object has said that something may be in the back end. */
const STATES = ANY.map((o) => ({ ...o, need_delete: o.need_delete || (!o.deleted && !o.pretend) }));
type State = typeof STATES extends fc.Arbitrary<infer T> ? T : never;

/** All objects here are at generation 2. */
const GENERATION = 2;

// The rules of design 3.1, 3.4 and 3.5, as plain as they can be said.
const hasStep = ({ model: name }: State): boolean => name === 'Stepped' || name === 'Chosen';
const isPolicedBehind = (o: State): boolean =>
  (o.model === 'Stepped' || o.model === 'Policed') &&
  !o.no_policy &&
  !o.need_reap &&
  (o.policed ?? 0) < o.version;
const isDirty = (o: State): boolean => (o.enacted ?? 0) < GENERATION;
const hasWork = (o: State): boolean => o.deleted || (!o.no_sync && isDirty(o)) || isPolicedBehind(o);
const holds = (o: State): boolean => !o.deleted && !o.no_sync && (isDirty(o) || isPolicedBehind(o));
const isAtRest = (o: State): boolean => {
  const isStalled = o.outcome === 'stalled' && o.outcome_generation === GENERATION;
  const isKept = o.deleted && o.no_sync && o.need_delete && !o.need_reap && !isPolicedBehind(o);
  const isPretended = o.pretend && o.pretended === GENERATION && !isPolicedBehind(o);
  const wasNeverBegun = o.deleted && !o.need_delete;
  const isUnselected =
    o.model === 'Chosen' &&
    o.selected !== GENERATION &&
    !isPolicedBehind(o) &&
    !o.need_reap &&
    !wasNeverBegun;
  return isStalled || isKept || isPretended || o.isPaused || isUnselected;
};

/** What prepare decides for an object that depends on nothing, and that nothing depends on. */
function decision(o: State): string {
  if (!hasWork(o) || isAtRest(o) || o.need_reap) return 'nothing';
  const isAhead = o.next === 'ahead';
  if (isPolicedBehind(o)) return isAhead ? 'wait' : 'police';
  if (!o.deleted && !hasStep(o)) return 'nothing';
  if (isAhead) return 'wait';
  if (!o.deleted) return 'sync';
  // Nothing was ever begun: it is removed as it is.
  return o.need_delete ? 'delete' : 'nothing';
}

/** The same for an attempt that has begun: it does not wait for a time, and what is to be removed as it is goes by it. */
function decisionOfAttempt(o: State): string {
  if (!hasWork(o) || isAtRest(o) || o.need_reap) return 'nothing';
  if (isPolicedBehind(o)) return 'police';
  return o.deleted ? 'delete' : 'sync';
}

function stateOf(o: State): string {
  if (!hasWork(o)) return o.no_sync ? 'Not managed' : 'Synced';
  if (o.isPaused) return 'Paused';
  if (o.pretend && o.pretended === GENERATION) return 'Pretended';
  if (o.outcome === 'stalled' && o.outcome_generation === GENERATION) return 'Stalled';
  if (o.outcome === 'failed' && o.outcome_generation === GENERATION) return 'Error';
  if (o.deleted) return 'Deleting';
  if (o.isLeased) return 'Syncing';
  return o.outcome === 'deferred' && o.outcome_generation === GENERATION ? 'Deferred' : 'Waiting';
}

const INSERT = `
with given as (
  select row_number() over () as at, x.* from jsonb_to_recordset($1) as x (
    model text, version bigint, enacted bigint, policed bigint, pretended bigint, selected bigint, deleted boolean,
    need_delete boolean, need_reap boolean, no_sync boolean, no_policy boolean, pretend boolean, outcome text,
    outcome_generation bigint, "isPaused" boolean, next text, "isLeased" boolean)
), made as (
  insert into objects (model, version, generation, enacted, policed, pretended, selected, deleted, backend_need_delete,
                       backend_need_reap, no_sync, no_policy, has_policy, pretend, outcome, outcome_generation,
                       outcome_text, next_attempt_at, lease_until)
  select g.model, g.version, ${GENERATION}, g.enacted, g.policed, g.pretended, g.selected, g.deleted, g.need_delete,
         g.need_reap, g.no_sync, g.no_policy, m.has_policy, g.pretend, g.outcome, g.outcome_generation, 'text',
         now() + case g.next when 'ahead' then interval '1 hour' when 'past' then interval '-1 hour' end,
         case when g."isLeased" then now() + interval '1 hour' end
    from given g join models m on m.name = g.model order by g.at
  returning id
)
select id from made order by id`;

test('what is due, who holds others, and what is shown are those of a naive reference, in every state', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const states = fc.sample(STATES, { numRuns: MANY, seed });
  const { database } = store;
  const ids = (await database.query<{ id: number }>(INSERT, [JSON.stringify(states)])).map(({ id }) => id);
  const paused = ids.filter((_, at) => states[at]?.isPaused);
  await database.query(
    "insert into pauses (scope, name, by) select 'object', id::text, 'a test' from unnest($1::bigint[]) id",
    [paused],
  );
  const rows = await database.query<Record<string, unknown>>(
    `select has_work(o) as work, holds(o) as holds, at_rest(o) as rest, own_state(o) as state,
            a.decision as attempt
       from objects o left join lateral load_attempt(o.id) a on true where o.id = any ($1::bigint[]) order by o.id`,
    [ids],
  );
  // Last, since it removes what is to be removed.
  const prepared = await database.query<{ decision: string }>(
    'select p.decision from unnest($1::bigint[]) with ordinality i (id, at), lateral prepare(i.id) p order by i.at',
    [ids],
  );
  states.forEach((state, at) => {
    expect(
      { ...rows[at], decision: prepared[at]?.decision },
      `seed ${seed}: ${JSON.stringify(state)}`,
    ).toEqual({
      work: hasWork(state),
      holds: holds(state),
      rest: isAtRest(state),
      state: stateOf(state),
      attempt: decisionOfAttempt(state),
      decision: decision(state),
    });
  });
});
