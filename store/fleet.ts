import type { Ref } from '../model/definition.ts';
import type { Queryable } from './database.ts';
import { stateClause } from './list.ts';
import { leavesOf, type Registry } from './registry.ts';
import type { BackendCode, State } from './types.ts';
import { nameShown, type Named } from './why.ts';

/** An object of whatever model, in as few words as a list of very many needs. */
export interface Standing extends Named {
  readonly state: State;
  readonly backend_code: BackendCode;
  /** Its beginning. */
  readonly backend_status: string;
  readonly since: Date;
  /** The object whose failure or work holds this one. */
  readonly root: Ref | null;
  readonly failures: number;
  readonly next_attempt_at: Date | null;
}

export interface FleetRequest {
  /** Of these models and their descendants. Empty: of all. */
  readonly models: readonly string[];
  /** In any of these; `blocked` is what waits for a failed one, and not `Waiting`. Empty: whatever state. */
  readonly states: readonly (State | 'blocked')[];
  /**
   * Each of them in any case, somewhere in its `Model/id`, in its name where that is no secret, or in what its last
   * attempt has said. A whole `Model/id` means that one.
   */
  readonly words: readonly string[];
  /** The ids of a page: those behind `after`, up to `until`. */
  readonly after: number;
  readonly until: number;
  /** At most 1000. */
  readonly limit: number;
}

const MOST_SAID = 200;

/** List objects of all models by id. Cost: a look at each object up to the end of the page, and a closer one at the page. */
export async function readFleet(
  queryable: Queryable,
  registry: Registry,
  { models, states, words, after, until, limit }: FleetRequest,
): Promise<Standing[]> {
  const values: unknown[] = [after, until];
  const value = (given: unknown): string => `$${values.push(given)}`;
  const clauses = ['o.id > $1', 'o.id <= $2'];
  if (models.length > 0)
    clauses.push(`o.model = any (${value(models.flatMap((model) => leavesOf(registry, model)))})`);
  if (states.length > 0) clauses.push(stateClause(states, value, { isBlockedApart: true }));
  clauses.push(...words.map((word) => wordClause(word.toLowerCase(), modelsWithName(registry), value)));
  const rows = await queryable.query<Row>(
    // Of what is settled all is known at once; the others are few, and looked at closely.
    `with chosen as materialized (
       select o.id, has_work(o) as is_busy from objects o where ${clauses.join(' and ')} order by o.id limit ${limit}
     )
     select o.id, o.model, o.declarative ->> 'name' as name,
            coalesce(s.state, case when o.no_sync then 'Not managed' else 'Synced' end) as state,
            coalesce(s.backend_code, 1) as backend_code,
            coalesce(left(s.backend_status, ${MOST_SAID}), case when o.no_sync then 'no_sync is set' else 'OK' end)
              as backend_status,
            case when c.is_busy then state_since(o, s.state)
                 else coalesce(case when o.outcome = 'synced' and not o.no_sync then o.outcome_at end, o.updated)
            end as since,
            o.failures, o.next_attempt_at, r.model as root_model, r.id as root_id
       from chosen c join objects o on o.id = c.id
       left join object_states(array(select b.id from chosen b where b.is_busy)) s on s.id = o.id
       left join objects r on r.id = s.root
      order by o.id`,
    values,
  );
  return rows.map(({ root_model, root_id, ...row }) => ({
    ...row,
    name: nameShown(registry, row),
    root: root_model === null || root_id === null ? null : { model: root_model, id: root_id },
  }));
}

interface Row extends Omit<Standing, 'root'> {
  readonly root_model: string | null;
  readonly root_id: number | null;
}

/** What is secret is not found either: whoever may ask often enough would read it. */
function modelsWithName(registry: Registry): string[] {
  return [...registry.values()].flatMap(({ definition: { name, fields } }) =>
    fields.some((field) => field.name === 'name' && !field.secret) ? [name] : [],
  );
}

function wordClause(word: string, named: readonly string[], value: (given: unknown) => string): string {
  if (/^\w+\/\d+$/.test(word)) return `lower(o.model) || '/' || o.id = ${value(word)}`;
  const part = value(word);
  return `(position(${part} in lower(o.model) || '/' || o.id) > 0
    or (o.model = any (${value(named)}) and position(${part} in lower(o.declarative ->> 'name')) > 0)
    or (has_work(o) and position(${part} in lower(o.outcome_text)) > 0))`;
}
