import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Actors } from './code.ts';
import { startInstallation, type Installation } from './installation.ts';
import { liveOnce } from './one-life.ts';

/** An engine that breaks a promise, and how the judges are to say so. */
interface Variant {
  readonly promise: string;
  /** A function of the schema, and what it is replaced by. */
  readonly broken: string;
  readonly by: string;
  readonly said: RegExp;
}

const VARIANTS: readonly Variant[] = [
  {
    promise: 'the order of dependencies',
    broken: 'blockers',
    by: `create or replace function blockers(o objects) returns table (id bigint, kind text, guessed boolean) language sql stable
         as $$ select null::bigint, null::text, null::boolean where false $$`,
    said: /began while .* (was dirty|used it)/,
  },
  {
    promise: 'that whoever waits is woken',
    broken: 'release_waiters',
    by: 'create or replace function release_waiters(object bigint) returns void language plpgsql volatile as $$ begin end $$',
    said: /the sweep found|did not come to rest/,
  },
  {
    promise: 'that nothing begins in a pause',
    broken: 'is_paused',
    by: 'create or replace function is_paused(o objects) returns boolean language sql stable as $$ select false $$',
    said: /began, although held: .* paused/,
  },
  {
    promise: 'that readers are told of changes',
    broken: 'verify_reads',
    by: 'create or replace function verify_reads(object bigint) returns boolean language plpgsql volatile as $$ begin return false; end $$',
    said: /has read|did not come to rest/,
  },
  {
    promise: 'that watchers are told of everything',
    broken: 'fire_watchers',
    by: `create or replace function fire_watchers() returns trigger language plpgsql as $$ begin return null; end $$`,
    said: /was told of .*; not added/,
  },
];

const actors = new Map<string, Actors>();
let installation: Installation;
beforeAll(async () => {
  installation = await startInstallation((life) => {
    const its = actors.get(life);
    if (its === undefined) throw new Error(`nobody knows the life ${life}`);
    return its;
  });
});
afterAll(() => installation.stop());

/** In some lives what is broken happens not to matter: as many are lived as it takes. */
const MOST_MS = 240_000;
const AT_ONCE = 3;

test.each(VARIANTS)(
  'random lives notice an engine that does not keep $promise',
  async ({ promise, broken, by, said }) => {
    const { database } = installation.store;
    const [sound] = await database.query<{ text: string }>(
      'select pg_get_functiondef(oid) as text from pg_proc where proname = $1',
      [broken],
    );
    await database.query(by);
    try {
      const seen: string[] = [];
      const deadline = performance.now() + MOST_MS;
      let seed = 0;
      const liveOn = async (): Promise<void> => {
        while (performance.now() < deadline && !seen.some((problem) => said.test(problem))) {
          seed += 1;
          seen.push(...(await liveOnce(installation, actors, seed, { stillMs: 3_000 })).problems);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, liveOn));
      console.log(`${promise}: noticed within ${seed} lives`);
      expect(seen).toContainEqual(expect.stringMatching(said));
    } finally {
      await database.query(sound?.text ?? '');
    }
  },
  MOST_MS + 120_000,
);
