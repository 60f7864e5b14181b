import { Client, Connection } from '@temporalio/client';
import { inject } from 'vitest';
import type { Ref } from '../../model/definition.ts';
import type { Store } from '../../store/store.ts';
import { workflowIdOf } from '../../workflows/messages.ts';
import { nameOf } from './models.ts';

/** Objects that are explained at most: with more, something larger is wrong. */
const MOST = 3;

/** All that there is to know of the objects that problems are about, as text: the tables, and what Temporal did. */
export async function explain(
  store: Store,
  refs: readonly Ref[],
  problems: readonly string[],
): Promise<string> {
  const text = problems.join(' ');
  const named = [...new Map(refs.map((ref) => [ref.id, ref])).values()].filter(({ id }) =>
    text.includes(String(id)),
  );
  const connection = await Connection.connect({ address: inject('temporalAddress') });
  try {
    const client = new Client({ connection });
    const parts = named.slice(0, MOST).map(async (ref) => {
      const tables = await Promise.all(
        Object.entries(TABLES).map(async ([title, statement]) => {
          const rows = await store.database.query<{ line: string }>(statement, [ref.id]);
          return rows.map(({ line }) => `  ${title}: ${line}`);
        }),
      );
      return [nameOf(ref), ...tables.flat(), ...(await historyOf(client, ref))].join('\n');
    });
    return (await Promise.all(parts)).join('\n');
  } finally {
    await connection.close();
  }
}

const TABLES = {
  object: 'select row_to_json(o)::text as line from objects o where id = $1',
  attempt: 'select row_to_json(a)::text as line from attempts a where object_id = $1 order by number',
  event: `select concat_ws(' ', at, kind, writer, detail) as line from events where object_id = $1 order by id`,
  wait: 'select row_to_json(w)::text as line from waits w where waiter = $1 or waited = $1',
  outbox: 'select row_to_json(b)::text as line from outbox b where object_id = $1',
  held: 'select row_to_json(h)::text as line from held h where src = $1 or dst = $1',
};

/** The last run of the object's workflow, an event a line. */
async function historyOf(client: Client, ref: Ref): Promise<string[]> {
  try {
    const { events } = await client.workflow.getHandle(workflowIdOf(ref)).fetchHistory();
    return (events ?? []).map((event) => {
      const at = new Date(
        Number(event.eventTime?.seconds) * 1_000 + (event.eventTime?.nanos ?? 0) / 1e6,
      ).toISOString();
      const attributes = Object.entries(event).find(([name, value]) => name.endsWith('Attributes') && value);
      return `  temporal: ${at} ${attributes?.[0].replace('EventAttributes', '') ?? ''}`;
    });
  } catch (error) {
    return [`  temporal: ${String(error)}`];
  }
}
