import type { Ref } from '../model/definition.ts';
import type { Fence } from './attempts.ts';
import type { Database } from './database.ts';

/** Something that happened in an attempt: of a playbook, a play, a task, a result, the recap. */
export interface AttemptEvent {
  /** Counts from 1. */
  readonly number: number;
  readonly at: Date;
  readonly event: Readonly<Record<string, unknown>>;
}

/** Append to the events of an attempt; those that are there already stay. Nothing happens when it is forgotten. */
export async function appendAttemptEvents(
  database: Database,
  { id, token, attempt }: Fence,
  events: readonly AttemptEvent[],
): Promise<void> {
  await database.query(
    `insert into attempt_events (attempt_id, number, at, event)
     select a.id, (e ->> 'number')::integer, (e ->> 'at')::timestamptz, e -> 'event'
       from attempts a cross join jsonb_array_elements($4::jsonb) e
      where a.object_id = $1 and a.token = $2 and a.attempt = $3
     on conflict do nothing`,
    [id, token, attempt, JSON.stringify(events)],
  );
}

/** Read the events of an attempt after number `after`, in order. */
export function readAttemptEvents(
  database: Database,
  { id }: Ref,
  number: number,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<AttemptEvent[]> {
  return database.query<AttemptEvent>(
    `select e.number, e.at, e.event from attempts a join attempt_events e on e.attempt_id = a.id
      where a.object_id = $1 and a.number = $2 and e.number > $3::bigint order by e.number limit $4`,
    [id, number, after, limit],
  );
}

/** Keep with an attempt what it runs: a value that can be stored as JSON. */
export async function keepBundle(
  database: Database,
  { id, token, attempt }: Fence,
  bundle: object,
): Promise<void> {
  await database.query(
    'update attempts set bundle = $4 where object_id = $1 and token = $2 and attempt = $3',
    [id, token, attempt, JSON.stringify(bundle)],
  );
}

/** Keep with an attempt what it printed. */
export async function keepOutput(
  database: Database,
  { id, token, attempt }: Fence,
  output: string,
): Promise<void> {
  await database.query(
    'update attempts set output = $4 where object_id = $1 and token = $2 and attempt = $3',
    [id, token, attempt, output],
  );
}
