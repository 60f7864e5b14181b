import type { Ref } from '../../model/definition.ts';

/** From when until when something was held, by what: a pause, no_sync, its own deletion. @format milliseconds */
export interface Span {
  readonly what: string;
  readonly covers: (ref: Ref) => boolean;
  readonly from: number;
  until: number;
  /** Only these are held. @default both */
  readonly kind?: 'sync' | 'delete';
}

/** What people were told in a life: what was acknowledged is what the engine is measured by. */
export interface Ledger {
  /** An object was written: `n` is its goal from now on. */
  wrote(id: number, n: number): void;
  /** All values that `n` of an object has had, in order. */
  values(id: number): readonly number[];
  /** Its goal, and since when that is known. */
  goal(id: number): { readonly n: number; readonly since: number } | undefined;
  /** Holds that people asked for. */
  readonly spans: Span[];
  hold(span: Omit<Span, 'from' | 'until'>): Span;
  /** No_sync was set at some time; no_policy; somebody gave up on what the back end has of it. */
  readonly unmanaged: Set<number>;
  readonly unpoliced: Set<number>;
  readonly orphaned: Set<number>;
  /** When a resync was asked for last. */
  readonly resyncs: Map<number, number>;
}

export function openLedger(): Ledger {
  const values = new Map<number, number[]>();
  const since = new Map<number, number>();
  const spans: Span[] = [];
  return {
    wrote(id, n) {
      const known = values.get(id) ?? [];
      if (known.at(-1) === n) return;
      values.set(id, [...known, n]);
      since.set(id, Date.now());
    },
    values: (id) => values.get(id) ?? [],
    goal(id) {
      const n = values.get(id)?.at(-1);
      return n === undefined ? undefined : { n, since: since.get(id) ?? 0 };
    },
    spans,
    hold(asked) {
      const span: Span = { ...asked, from: Date.now(), until: Infinity };
      spans.push(span);
      return span;
    },
    unmanaged: new Set(),
    unpoliced: new Set(),
    orphaned: new Set(),
    resyncs: new Map(),
  };
}
