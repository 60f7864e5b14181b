import { setTimeout as sleep } from 'node:timers/promises';
import type { Database, Queryable } from '../../../store/database.ts';
import type { Writing } from '../../../store/write.ts';
import { field, link, model } from '../../support/models.ts';
import { createTestStore, type TestStore } from '../../support/store.ts';

/** A change to the text of one of the store's SQL functions. */
export interface Edit {
  readonly function: string;
  readonly replace: string;
  readonly by: string;
}

export interface Arena {
  readonly store: TestStore;
  readonly database: Database;
  close(): Promise<void>;
}

/**
 * Open a store of its own in which two sides can race, with some of its SQL functions altered.
 *
 * Pauses are for the sound variant too: they only make the windows wider that are there anyway. A fault takes
 * away what closes such a window: it makes the broken variant that shows that the check would catch a race.
 *
 * @throws when a text to be altered is not there (any more): a control that alters nothing proves nothing
 */
export async function openArena(edits: readonly Edit[]): Promise<Arena> {
  const links = [link('one', 'Thing'), link('two', 'Thing'), link('note', 'Note')];
  const things = model('Thing', { fields: [field('name', { nullable: true, blank: true })], links });
  const notes = model('Note', { fields: [field('name', { nullable: true, unique: true })] });
  const store = await createTestStore([things, notes], { withoutStep: ['Note'] });
  for (const [name, ofFunction] of Map.groupBy(edits, (edit) => edit.function)) {
    await alter(store.database, name, ofFunction);
  }
  return { store, database: store.database, close: () => store.drop() };
}

async function alter(database: Database, name: string, edits: readonly Edit[]): Promise<void> {
  const [row] = await database.query<{ text: string }>('select pg_get_functiondef($1::regproc) as text', [
    name,
  ]);
  let text = row?.text ?? '';
  for (const { replace, by } of edits) {
    const parts = text.split(replace);
    if (parts.length !== 2)
      throw new Error(`${name} has ${parts.length - 1} times, not once: ${replace}\n${text}`);
    text = parts.join(by);
  }
  await database.query(text);
}

/** A pause between two statements of a function: short as a rule, and now and then long enough for all that others do. */
export const PAUSE = 'perform pg_sleep(random() ^ 6 * 0.04);';

/** How long a race is played: on a busy machine fewer rounds, rather than a test that is out of time. */
const ROUNDS = 200;
const MOST_MS = 8_000;
/** A control is played until it has shown what it is to show. */
const CONTROL_MS = 25_000;
const LANES = 4;

/**
 * Play many rounds, some at a time, each on objects of its own.
 *
 * @param until what a control is to show: ends with the first round that came to this
 * @returns what the rounds came to, by how often
 */
export async function play<Result extends string>(
  round: () => Promise<Result>,
  until?: Result,
): Promise<Partial<Record<Result, number>>> {
  const counts: Partial<Record<Result, number>> = {};
  const end = performance.now() + (until === undefined ? MOST_MS : CONTROL_MS);
  let played = 0;
  const goesOn = (): boolean =>
    performance.now() < end && (until === undefined ? played < ROUNDS : counts[until] === undefined);
  const lane = async (): Promise<void> => {
    while (goesOn()) {
      played += 1;
      const result = await round();
      counts[result] = (counts[result] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return counts;
}

/** Start all sides at once, each after a moment of its own; wait for all of them. */
export async function race<Sides extends readonly (() => Promise<unknown>)[]>(
  ...sides: Sides
): Promise<{
  [Side in keyof Sides]: Sides[Side] extends () => Promise<infer T> ? PromiseSettledResult<T> : never;
}> {
  const started = sides.map(async (side) => {
    await moment();
    return side();
  });
  return (await Promise.allSettled(started)) as never;
}

export const moment = (mostMs = 4): Promise<void> => sleep(Math.random() * mostMs);

/** The value of a side that must not fail. */
export function valueOf<T>(side: PromiseSettledResult<T>): T {
  if (side.status === 'rejected') throw side.reason;
  return side.value;
}

/** A change to what the TypeScript half of the store says to Postgres. */
export interface StatementEdit {
  readonly replace: string;
  readonly by: string;
}

/**
 * Write as the store does, with a pause after each statement that contains one of these texts.
 *
 * @throws when a text to be altered is never said
 */
export async function writeSlowly<T>(
  { store }: Arena,
  { pauseAfter, edit }: { readonly pauseAfter: readonly string[]; readonly edit?: StatementEdit | undefined },
  work: (writing: Writing) => Promise<T>,
): Promise<T> {
  const registry = await store.models();
  let isEdited = edit === undefined;
  const result = await store.database.transaction((tx) => {
    const slow: Queryable = {
      async query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]> {
        isEdited ||= edit !== undefined && text.includes(edit.replace);
        const rows = await tx.query<Row>(
          edit === undefined ? text : text.replace(edit.replace, edit.by),
          values,
        );
        if (pauseAfter.some((part) => text.includes(part))) await moment();
        return rows;
      },
    };
    return work({ tx: slow, registry, writer: { name: 'a test' } });
  });
  if (!isEdited) throw new Error(`the store never says: ${edit?.replace ?? ''}`);
  return result;
}
