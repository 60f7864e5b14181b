import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelDefinition } from '../../../model/definition.ts';
import { readModelDeps } from '../../../plan/model-deps.ts';
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

/** What there is in an arena: models, and what model-deps says of them. */
export interface Ground {
  readonly models: readonly ModelDefinition[];
  readonly withoutStep?: readonly string[];
  readonly modelDeps?: Readonly<Record<string, unknown>>;
}

const THINGS: Ground = {
  models: [
    model('Thing', {
      fields: [field('name', { nullable: true, blank: true })],
      links: [link('one', 'Thing'), link('two', 'Thing'), link('note', 'Note')],
    }),
    model('Note', { fields: [field('name', { nullable: true, unique: true })] }),
  ],
  withoutStep: ['Note'],
};

/**
 * Open a store of its own in which two sides can race, with some of its SQL functions altered.
 *
 * Pauses are for the sound variant too: they only make the windows wider that are there anyway. A fault takes
 * away what closes such a window: it makes the broken variant that shows that the check would catch a race.
 *
 * @param ground.models @default Things, with links to Things and Notes
 * @throws when a text to be altered is not there (any more): a control that alters nothing proves nothing
 */
export async function openArena(edits: readonly Edit[], ground: Ground = THINGS): Promise<Arena> {
  const { models, withoutStep = [], modelDeps = {} } = ground;
  const store = await createTestStore(models, { withoutStep, modelDeps: readModelDeps(modelDeps).deps });
  // Sides make up their tokens: these have been handed out.
  await store.database.query("select setval('fence_tokens', 1000)");
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
export const PAUSE = 'perform pg_sleep(random() ^ 8 * 0.08);';

/** How long a race is played: on a busy machine fewer rounds, rather than a test that is out of time. */
const ROUNDS = 200;
const MOST_MS = 5_000;
/** A control is played until it has shown what it is to show. */
const CONTROL_MS = 40_000;
const LANES = 4;

/**
 * Play many rounds, some at a time, each on objects of its own.
 *
 * @param until what a control is to show: ends with the first round that came to this
 * @param lanes how many at a time
 * @returns what the rounds came to, by how often
 */
export async function play<Result extends string>(
  round: () => Promise<Result>,
  until?: Result,
  lanes = LANES,
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
  await Promise.all(Array.from({ length: lanes }, lane));
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

/** Wait a little; now and then for much longer, so that two sides meet on a busy machine, too. */
export const moment = (mostMs = 4): Promise<void> =>
  sleep(Math.random() * mostMs * (Math.random() < 0.1 ? 20 : 1));

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

/** How statements are to be said: with a pause after each that contains one of these texts, and one of them altered. */
export interface Manner {
  readonly pauseAfter: readonly string[];
  /** The longest pause. @default 4 @format milliseconds */
  readonly pauseMs?: number;
  readonly edit?: StatementEdit | undefined;
}

/**
 * Write as the store does, in this manner.
 *
 * @throws when a text to be altered is never said
 */
export async function writeSlowly<T>(
  { store }: Arena,
  manner: Manner,
  work: (writing: Writing) => Promise<T>,
): Promise<T> {
  const registry = await store.models();
  return inManner(store.database, manner, (database) =>
    database.transaction((tx) => work({ tx, registry, writer: { name: 'a test' } })),
  );
}

/**
 * Work with a database to which everything is said in this manner.
 *
 * @throws when a text to be altered is never said
 */
export async function inManner<T>(
  database: Database,
  { pauseAfter, pauseMs, edit }: Manner,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  let isEdited = edit === undefined;
  const altered = (queryable: Queryable): Queryable['query'] =>
    async function <Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]> {
      isEdited ||= edit !== undefined && text.includes(edit.replace);
      const said = edit === undefined ? text : text.replace(edit.replace, edit.by);
      const rows = await queryable.query<Row>(said, values);
      if (pauseAfter.some((part) => text.includes(part))) await moment(pauseMs);
      return rows;
    };
  const query = altered(database);
  const result = await work({
    ...database,
    query,
    repeat: (_, text, values) => query(text, values),
    transaction: (inside) => database.transaction((tx) => inside({ query: altered(tx) })),
  });
  if (!isEdited) throw new Error(`the store never says: ${edit?.replace ?? ''}`);
  return result;
}
