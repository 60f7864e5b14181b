import { setTimeout as sleep } from 'node:timers/promises';
import { DeferredException, PermanentException, step, type StepContext } from '../../define/index.ts';
import { defineModel } from '../../define/model.ts';
import type { AnyStep } from '../../define/synchronizer.ts';
import type { Ref } from '../../model/definition.ts';

/** What steps see of an object here: `n` grows with every write, and links are references. */
export type Seen = Ref & { readonly n: number; readonly life: string } & Readonly<Record<string, unknown>>;

/** What the back end has of an object: the goal that was made real, and what that uses. */
interface Resource {
  readonly n: number;
  readonly uses: readonly number[];
}

/**
 * A back end that believes nobody: it watches, from outside, whether the promises are kept (quality.md).
 *
 * Order: what an object uses is there before it is made, and is not removed before it. One at a time: two attempts
 * on an object never overlap.
 */
export interface Witness {
  readonly sync: (object: Seen, context: StepContext) => Promise<void>;
  readonly remove: (object: Seen) => Promise<void>;
  readonly resources: ReadonlyMap<number, Resource>;
  /** Broken promises, as sentences. */
  readonly violations: readonly string[];
  /** While calm, no step fails, is deferred, or stalls. */
  calm(isCalm: boolean): void;
  readonly attempts: () => number;
}

export function createWitness(
  chance: (probability: number) => boolean,
  int: (below: number) => number,
): Witness {
  const resources = new Map<number, Resource>();
  const underWay = new Map<number, readonly number[]>();
  const violations: string[] = [];
  let isCalm = false;
  let attempts = 0;

  const misbehave = (what: string): void => {
    if (isCalm) return;
    if (chance(0.15)) throw new Error('random failure');
    if (chance(0.1)) throw new DeferredException('random deferral', { afterMs: 30 + int(100) });
    // A deletion that stalls would wait for a person for ever.
    if (what === 'sync' && chance(0.02)) throw new PermanentException('random end');
  };
  const exclusively = async (
    object: Seen,
    what: string,
    uses: readonly number[],
    work: () => Promise<void>,
  ): Promise<void> => {
    attempts += 1;
    if (underWay.has(object.id))
      violations.push(`${what} ${nameOf(object)} began while another attempt was under way`);
    underWay.set(object.id, uses);
    try {
      await sleep(int(15));
      misbehave(what);
      await work();
      // Done, and yet failed: what comes next must cope.
      misbehave(what);
    } finally {
      underWay.delete(object.id);
    }
  };

  const sync = async (object: Seen, { signal }: StepContext): Promise<void> => {
    const uses = usesOf(object);
    for (const id of uses) {
      if (id !== object.id && !resources.has(id))
        violations.push(`sync ${nameOf(object)} began while ${id}, which it uses, was not there`);
    }
    await exclusively(object, 'sync', uses, async () => {
      signal.throwIfAborted();
      resources.set(object.id, { n: object.n, uses });
    });
  };
  const remove = async (object: Seen): Promise<void> => {
    const users = [
      ...[...resources].filter(([id, resource]) => id !== object.id && resource.uses.includes(object.id)),
      ...[...underWay].filter(([id, uses]) => id !== object.id && uses.includes(object.id)),
    ];
    for (const [id] of users) violations.push(`delete ${nameOf(object)} began while ${id} used it`);
    await exclusively(object, 'delete', [], async () => {
      resources.delete(object.id);
    });
  };

  return {
    sync,
    remove,
    resources,
    violations,
    calm(now) {
      isCalm = now;
    },
    attempts: () => attempts,
  };
}

/** A step that hands each object to the witness of its life. */
export function witnessStep(model: string, witnessOf: (life: string) => Witness): AnyStep {
  return step({
    synchronizes: defineModel<string, object, { backend_handle: string }>(model),
    async syncRecord(object, context) {
      const seen = object as unknown as Seen;
      await witnessOf(seen.life).sync(seen, context);
      return { backend_handle: `h${seen.id}` };
    },
    deleteRecord(object) {
      const seen = object as unknown as Seen;
      return witnessOf(seen.life).remove(seen);
    },
  }) as AnyStep;
}

export const nameOf = ({ model, id }: Ref): string => `${model}/${id}`;

function usesOf(object: Seen): number[] {
  return Object.values(object)
    .flatMap((value) => [value].flat())
    .flatMap((value) => (isRef(value) ? [value.id] : []));
}

const isRef = (value: unknown): value is Ref =>
  typeof value === 'object' && value !== null && 'id' in value && 'model' in value;
