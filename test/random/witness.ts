import { setTimeout as sleep } from 'node:timers/promises';
import type { StepContext } from '../../define/index.ts';
import type { Ref } from '../../model/definition.ts';
import type { Ledger } from './ledger.ts';
import { lookAround, usedBy, type Eyes, type Sight } from './looks.ts';
import { goalOf, nameOf, type Seen } from './models.ts';
import type { Moods } from './moods.ts';

/** What the back end has of an object: the goal that was made real, what that uses, and what was seen of others. */
export interface Resource {
  readonly n: number;
  readonly goal: string;
  readonly uses: readonly number[];
  readonly sight: Sight;
}

/** A call of a step. */
export interface Call extends Ref {
  readonly kind: 'sync' | 'delete';
  readonly fence: number;
  /** @format milliseconds */
  readonly at: number;
}

/** A dependency that was dirty when a step began: a broken promise if it was so before that attempt began. */
export interface Suspicion {
  readonly call: Call;
  readonly dependency: number;
  readonly since: number;
}

/**
 * A back end that believes nobody: it watches, from outside, whether the promises are kept (quality.md).
 *
 * Order: what an object uses is there before it is made, and is not removed before it. One at a time: two attempts
 * on an object never overlap.
 */
export interface Witness {
  readonly sync: (object: Seen, context: StepContext, eyes: Eyes, named: readonly number[]) => Promise<void>;
  readonly remove: (object: Seen, context: StepContext) => Promise<void>;
  /** A policy without a step answers: what it has answered for is there. */
  readonly answer: (object: Seen, isDeleted: boolean) => void;
  readonly resources: ReadonlyMap<number, Resource>;
  /** Every call of a step, in order. */
  readonly calls: readonly Call[];
  readonly suspicions: readonly Suspicion[];
  /** Broken promises, as sentences. */
  violations(): string[];
}

const NOTHING: Sight = { followed: [], found: [] };

export function createWitness(ledger: Ledger, moods: Moods): Witness {
  const resources = new Map<number, Resource>();
  const underWay = new Map<number, readonly number[]>();
  const calls: Call[] = [];
  const suspicions: Suspicion[] = [];
  // Each with the object that makes it none, when somebody gave up on that or took it out of management.
  const broken: { readonly text: string; readonly unless: number }[] = [];

  const exclusively = async (
    call: Call,
    { serial }: Seen,
    uses: readonly number[],
    signal: AbortSignal,
    work: () => Promise<void>,
  ): Promise<void> => {
    const mood = moods.next(call.kind, serial);
    if (underWay.has(call.id)) {
      const text = `${call.kind} ${nameOf(call)} began while another attempt was under way`;
      broken.push({ text, unless: call.id });
    }
    calls.push(call);
    underWay.set(call.id, uses);
    try {
      await sleep(mood.lasts, undefined, { signal });
      mood.misbehave();
      await work();
      // Done, and yet failed: what comes next must cope.
      mood.misbehave();
    } finally {
      underWay.delete(call.id);
    }
  };

  const sync: Witness['sync'] = async (object, { signal, fence }, eyes, named) => {
    const call: Call = { model: object.model, id: object.id, kind: 'sync', fence, at: Date.now() };
    const uses = [...usedBy(object), ...named].filter((id) => id !== object.id);
    for (const id of uses) {
      const goal = ledger.goal(id);
      const made = resources.get(id)?.n;
      // What nobody was told of yet is newer than the goal that people know of.
      const isBehind = made === undefined || (made !== goal?.n && ledger.values(id).includes(made));
      if (goal !== undefined && isBehind) suspicions.push({ call, dependency: id, since: goal.since });
    }
    await exclusively(call, object, uses, signal, async () => {
      const sight = await lookAround(object, eyes);
      signal.throwIfAborted();
      resources.set(object.id, { n: object.n, goal: goalOf(object), uses, sight });
    });
  };
  const remove: Witness['remove'] = async (object, { signal, fence }) => {
    const call: Call = { model: object.model, id: object.id, kind: 'delete', fence, at: Date.now() };
    const users = [
      ...[...resources].filter(([, { uses }]) => uses.includes(object.id)),
      ...[...underWay].filter(([, uses]) => uses.includes(object.id)),
    ];
    for (const [id] of users)
      broken.push({ text: `delete ${nameOf(object)} began while ${id} used it`, unless: id });
    await exclusively(call, object, [], signal, async () => {
      resources.delete(object.id);
    });
  };

  return {
    sync,
    remove,
    answer(object, isDeleted) {
      if (isDeleted) resources.delete(object.id);
      else resources.set(object.id, { n: object.n, goal: goalOf(object), uses: [], sight: NOTHING });
    },
    resources,
    calls,
    suspicions,
    violations: () => broken.filter(({ unless }) => !ledger.orphaned.has(unless)).map(({ text }) => text),
  };
}
