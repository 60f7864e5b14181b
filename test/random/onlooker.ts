import type { WatchedEvent } from '../../define/index.ts';
import type { Ref } from '../../model/definition.ts';
import type { Ledger } from './ledger.ts';
import { nameOf, type Seen } from './models.ts';
import type { Moods } from './moods.ts';

/** What a watcher was told of an object, each event once, in the order in which it came first. */
interface Told {
  readonly id: number;
  readonly event: WatchedEvent['event'];
  readonly changed: readonly string[];
  readonly before: Readonly<Record<string, unknown>>;
}

/** Checks that watchers are told of everything, in order, at least once. */
export interface Onlooker {
  readonly told: (watcher: string, object: Seen, event: WatchedEvent) => void;
  /** Broken promises, as sentences, of all objects that people have made and those of them that are left. */
  violations(all: readonly Ref[], left: readonly Ref[]): string[];
}

/** Who watches the objects of a model. */
export const WATCHERS: Readonly<Record<string, string>> = {
  Site: 'the watcher of sites',
  Net: 'the watcher of nets',
};

/** A handler that fails is tried again, five times in all; one that fails so often here is let through. */
const MOST_FAILURES = 3;

export function createOnlooker(ledger: Ledger, moods: Moods): Onlooker {
  const all = new Map<string, Told[]>();
  const failures = new Map<string, number>();
  const broken: string[] = [];

  const judge = ({ model, id }: Ref, isGone: boolean): string[] => {
    const watcher = WATCHERS[model];
    if (watcher === undefined) return [];
    const told = all.get(`${watcher} ${id}`) ?? [];
    const events = told.filter(({ event }) => event !== 'updated').map(({ event }) => event);
    const wanted = isGone ? ['added', 'deleted'] : ['added'];
    // What `n` was before each of its changes, and before the end, are all the values that it ever had.
    const before = told
      .filter(({ event, changed }) => event !== 'added' && changed.includes('n'))
      .map((one) => one.before['n']);
    const values = isGone ? ledger.values(id) : ledger.values(id).slice(0, -1);
    const hasSeenAll = JSON.stringify(before) === JSON.stringify(values);
    const isWhole = JSON.stringify(events) === JSON.stringify(wanted) && told[0]?.event === 'added';
    return [
      ...(isWhole
        ? []
        : [`${watcher} was told of ${model}/${id}: ${events.join(', ')}; not ${wanted.join(', ')}`]),
      ...(hasSeenAll
        ? []
        : [`${watcher} saw ${model}/${id} go through ${before.join(', ')}, and not ${values.join(', ')}`]),
    ];
  };

  return {
    told(watcher, object, { id, event, changedFields, before, affected }) {
      const key = `${watcher} ${object.id}`;
      const known = all.get(key) ?? [];
      const last = known.at(-1);
      if (last !== undefined && id < last.id)
        broken.push(`${watcher} was told of event ${id} of ${nameOf(object)} after ${last.id}`);
      else if (id !== last?.id) all.set(key, [...known, { id, event, changed: changedFields, before }]);
      if (affected.some(({ model }) => model !== 'Net' && model !== 'Host'))
        broken.push(`${watcher} was told that ${affected.map(nameOf).join(', ')} are affected`);
      const failed = failures.get(`${watcher} ${id}`) ?? 0;
      if (failed >= MOST_FAILURES) return;
      failures.set(`${watcher} ${id}`, failed + 1);
      moods.next('deliver', object.serial, watcher).misbehave();
      failures.delete(`${watcher} ${id}`);
    },

    violations(refs, left) {
      const lives = new Set(left.map(({ id }) => id));
      return [...broken, ...refs.flatMap((ref) => judge(ref, !lives.has(ref.id)))];
    },
  };
}
