import { setTimeout as sleep } from 'node:timers/promises';
import type { Ref } from '../../model/definition.ts';
import { Refusal } from '../../store/errors.ts';
import type { Store } from '../../store/store.ts';
import type { Installation } from './installation.ts';
import type { Ledger, Span } from './ledger.ts';
import { BY_PEOPLE, definitionOf, nameOf } from './models.ts';
import type { Random } from './random.ts';

export const ME = { name: 'a random person' };

const COLORS = ['red', 'green', 'blue'];

/** People, and what they have done: a seed determines it, as far as the engine's own pace does not. */
export interface People {
  /** What they have created, deleted ones included. */
  readonly refs: readonly Ref[];
  /** What was done, in order: for whoever has to find out why. */
  readonly deeds: readonly string[];
  create(): Promise<void>;
  edit(ref: Ref): Promise<void>;
  /** Two edits in one write, so that all of it or nothing is done. */
  editBoth(one: Ref, other: Ref): Promise<void>;
  remove(ref: Ref, how: { readonly cascade?: boolean; readonly orphan?: boolean }): Promise<void>;
  resync(ref: Ref): Promise<void>;
  flag(ref: Ref, name: 'no_sync' | 'no_policy' | 'write_protect', value: boolean): Promise<void>;
  /** Pause an object, its model or its synchronizer. @param forMs it ends by itself */
  pause(ref: Ref, scope: Scope, forMs?: number): Promise<void>;
  /** End the oldest pause. @returns false when there was none */
  resume(): Promise<boolean>;
  /** Change or delete something that a policy has made. */
  meddle(): Promise<void>;
  /** Change an object that waits for its next attempt. */
  hurry(): Promise<void>;
}

type Scope = 'object' | 'model' | 'synchronizer';

interface Pause {
  readonly scope: Scope;
  readonly name: string;
  readonly span: Span;
}

export function createPeople(
  { store, synchronizers, paused }: Installation,
  life: string,
  ledger: Ledger,
  random: Random,
): People {
  const refs: Ref[] = [];
  const deeds: string[] = [];
  const pauses: Pause[] = [];
  const unmanagedSince = new Map<number, Span>();
  let serial = 0;

  /** What may not be is refused, and nothing of it is done. */
  const attempt = async (deed: string, work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work();
      deeds.push(deed);
      return true;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      deeds.push(`${deed}: refused, ${error.code}`);
      return false;
    }
  };
  // Also to what is newer: then it may be refused, since it would close a circle.
  const some = (model: string): Ref | null => random.pick(refs.filter((ref) => ref.model === model)) ?? null;
  const links = (model: string, probability: number): Record<string, unknown> =>
    Object.fromEntries<unknown>(
      definitionOf(model)
        .links.filter(() => random.chance(probability))
        .map(({ name, kind, peer }) => {
          const target = some(peer);
          if (kind === 'manytomany') return [name, [target, some(peer)].filter((one) => one !== null)];
          return [name, random.chance(0.15) ? null : target];
        }),
    );
  const fresh = (): number => 1 + random.int(2 ** 31 - 2);
  const changesOf = (model: string): { n: number } => ({
    n: fresh(),
    ...links(model, 0.3),
    ...(random.chance(0.2) ? { color: random.pick(COLORS) } : {}),
    ...(model === 'Tenant' && random.chance(0.5) ? { want: random.int(4) } : {}),
  });
  const within = (ref: Ref): string => synchronizers[['Host', 'Service', 'Plan'].includes(ref.model) ? 1 : 0];
  const isGoneFor = (ids: ReadonlySet<number>, what: string): void => {
    ledger.hold({ what, kind: 'sync', covers: ({ id }) => ids.has(id) });
  };

  return {
    refs,
    deeds,
    async create() {
      const model = random.pick(BY_PEOPLE) ?? 'Site';
      serial += 1;
      const n = fresh();
      const state = { life, serial, n, color: random.pick(COLORS), ...links(model, 0.7) };
      const want = model === 'Tenant' ? { want: random.int(4) } : {};
      await attempt(`create ${model}`, async () => {
        const ref = await store.write(ME, (tx) => tx.create(model, { ...state, ...want }));
        refs.push(ref);
        ledger.wrote(ref.id, n);
      });
    },
    async edit(ref) {
      const changes = changesOf(ref.model);
      const isDone = await attempt(`edit ${nameOf(ref)}`, () =>
        store.write(ME, (tx) => tx.update(ref, changes)),
      );
      if (isDone) ledger.wrote(ref.id, changes.n);
    },
    async editBoth(one, other) {
      const changes = [one, other].map((ref) => ({ ref, state: changesOf(ref.model) }));
      const isDone = await attempt(`edit ${nameOf(one)} and ${nameOf(other)}`, () =>
        store.write(ME, async (tx) => {
          for (const { ref, state } of changes) await tx.update(ref, state);
        }),
      );
      if (isDone) for (const { ref, state } of changes) ledger.wrote(ref.id, state.n);
    },
    async remove(ref, how) {
      const words = Object.entries(how).flatMap(([name, value]) => (value ? [` --${name}`] : []));
      // Said before: from then on what is left in the back end is left on purpose.
      const wasOrphaned = ledger.orphaned.has(ref.id);
      if (how.orphan === true) ledger.orphaned.add(ref.id);
      const isDone = await attempt(`delete ${nameOf(ref)}${words.join('')}`, async () => {
        const marked = await store.write(ME, (tx) => tx.remove(ref, how));
        isGoneFor(new Set(marked.map(({ id }) => id)), 'deleted');
        if (how.orphan === true) for (const { id } of marked) ledger.orphaned.add(id);
      });
      if (!isDone && !wasOrphaned) ledger.orphaned.delete(ref.id);
    },
    async resync(ref) {
      const asked = Date.now();
      const isDone = await attempt(`resync ${nameOf(ref)}`, () => store.resync(ref, ME));
      if (isDone) ledger.resyncs.set(ref.id, asked);
    },
    async flag(ref, name, value) {
      if (name === 'no_sync' && value) ledger.unmanaged.add(ref.id);
      if (name === 'no_policy' && value) ledger.unpoliced.add(ref.id);
      const before = unmanagedSince.get(ref.id);
      if (name === 'no_sync' && !value && before !== undefined) before.until = Date.now();
      const isDone = await attempt(`${name} ${value} ${nameOf(ref)}`, () =>
        store.write(ME, (tx) => tx.update(ref, { [name]: value })),
      );
      if (isDone && name === 'no_sync' && value && (before === undefined || before.until < Infinity))
        unmanagedSince.set(ref.id, ledger.hold({ what: 'no_sync', covers: ({ id }) => id === ref.id }));
    },
    async pause(ref, scope, forMs) {
      const name = scope === 'object' ? String(ref.id) : scope === 'model' ? ref.model : within(ref);
      // Lives share models and synchronizers: whoever paused one first has it.
      const key = `${scope} ${name}`;
      if (paused.has(key)) return;
      paused.add(key);
      const until = forMs === undefined ? undefined : new Date(Date.now() + forMs);
      const why = { reason: 'at random', ...(until && { until }) };
      const isDone = await attempt(`pause ${key}${forMs === undefined ? '' : ` for ${forMs} ms`}`, () =>
        store.pause(ME, { scope, name }, why),
      );
      if (!isDone) {
        paused.delete(key);
        return;
      }
      const covers = (one: Ref): boolean =>
        scope === 'object'
          ? one.id === ref.id
          : scope === 'model'
            ? one.model === name
            : within(one) === name;
      const span = ledger.hold({ what: `${key} paused`, covers });
      if (until !== undefined) span.until = until.getTime();
      pauses.push({ scope, name, span });
    },
    async resume() {
      const pause = pauses.shift();
      if (pause === undefined) return false;
      const { scope, name, span } = pause;
      span.until = Math.min(span.until, Date.now());
      await attempt(`resume ${scope} ${name}`, () => store.resume(ME, { scope, name }));
      paused.delete(`${scope} ${name}`);
      return true;
    },
    async meddle() {
      const [draw, isRemoval, color] = [random.int(2 ** 30), random.chance(0.4), random.pick(COLORS)];
      const made = await madeByPolicies(store, life);
      const ref = made[draw % made.length];
      if (ref === undefined) return;
      await attempt(`${isRemoval ? 'delete' : 'edit'} ${nameOf(ref)}, which a policy made`, () =>
        store.write(ME, async (tx) => {
          if (isRemoval) await tx.remove(ref);
          else await tx.update(ref, { color });
        }),
      );
    },
    async hurry() {
      const [draw, n] = [random.int(2 ** 30), fresh()];
      const ids = refs.map(({ id }) => id);
      const waiting = await store.database.query<Ref>(
        'select model, id from objects where id = any ($1::bigint[]) and next_attempt_at > now() and not deleted order by id',
        [ids],
      );
      const ref = waiting[draw % waiting.length];
      if (ref === undefined) return;
      const isDone = await attempt(`edit ${nameOf(ref)}, which waits`, () =>
        store.write(ME, (tx) => tx.update(ref, { n })),
      );
      if (isDone) ledger.wrote(ref.id, n);
      await sleep(draw % 30);
    },
  };
}

function madeByPolicies({ database }: Store, life: string): Promise<Ref[]> {
  return database.query<Ref>(
    `select model, id from objects
      where declarative @> jsonb_build_object('life', $1::text) and declarative -> 'maker' <> '0' order by id`,
    [life],
  );
}
