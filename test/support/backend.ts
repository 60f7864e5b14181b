import { step, type StepContext } from '../../define/index.ts';
import { defineModel } from '../../define/model.ts';
import type { AnyStep } from '../../define/synchronizer.ts';
import type { Ref } from '../../model/definition.ts';

/** What steps see of an object here. */
type Seen = Ref & { readonly name: string } & Readonly<Record<string, unknown>>;

/** A back end in memory: it remembers what was done, in order, and fails or hangs on request. */
export interface Backend {
  /** A step that does everything here. */
  step(model: string, more?: Partial<AnyStep>): AnyStep;
  /** Decide by object whether an attempt fails, and with what. */
  fail(how: (kind: 'sync' | 'delete', object: Seen) => Error | undefined): void;
  /** Let what is done for objects of this name hang until the returned function is called, or it is aborted. */
  hang(name: string, kind?: 'sync' | 'delete'): () => void;
  /** What was done for an object, in order. */
  log(ref: Ref): string[];
  /** In what order these objects were first synchronized, or deleted. */
  order(refs: readonly Ref[], kind?: 'sync' | 'delete'): number[];
  attempts(ref: Ref): number;
  /** How many syncs of a model run now, and how many ever ran at once. */
  running(model: string): number;
  mostAtOnce(model: string): number;
  reset(): void;
}

export function createBackend(): Backend {
  let done: { readonly id: number; readonly what: string }[] = [];
  let begun: number[] = [];
  let failure: (kind: 'sync' | 'delete', object: Seen) => Error | undefined = () => undefined;
  const hanging = new Map<string, Promise<void>>();

  const running = new Map<string, number>();
  const most = new Map<string, number>();
  const run = async (kind: 'sync' | 'delete', object: Seen, context: StepContext): Promise<void> => {
    const now = (running.get(object.model) ?? 0) + 1;
    running.set(object.model, now);
    most.set(object.model, Math.max(now, most.get(object.model) ?? 0));
    try {
      await act(kind, object, context);
    } finally {
      running.set(object.model, (running.get(object.model) ?? 1) - 1);
    }
  };
  const act = async (kind: 'sync' | 'delete', object: Seen, { signal }: StepContext): Promise<void> => {
    begun.push(object.id);
    const { name } = object;
    const error = failure(kind, object);
    if (error !== undefined) {
      done.push({ id: object.id, what: `fail ${name}` });
      throw error;
    }
    const held = hanging.get(`${kind} ${name}`);
    if (held !== undefined) {
      const aborted = new Promise<'aborted'>((resolve) => {
        signal.addEventListener('abort', () => resolve('aborted'));
      });
      if ((await Promise.race([held, aborted])) === 'aborted') {
        done.push({ id: object.id, what: `aborted ${name}` });
        throw new Error('aborted');
      }
    }
    done.push({ id: object.id, what: `${kind} ${name}` });
  };

  return {
    step: (model, more = {}) =>
      ({
        ...step({
          synchronizes: defineModel<string, { name: string }, { backend_handle: string }>(model),
          async syncRecord(object, context) {
            await run('sync', object as unknown as Seen, context);
            return { backend_handle: `h${object.id}` };
          },
          deleteRecord: (object, context) => run('delete', object as unknown as Seen, context),
        }),
        ...more,
      }) as AnyStep,
    fail(how) {
      failure = how;
    },
    hang(name, kind = 'sync') {
      let release = (): void => undefined;
      hanging.set(
        `${kind} ${name}`,
        new Promise((resolve) => {
          release = resolve;
        }),
      );
      return () => release();
    },
    log: ({ id }) => done.filter((entry) => entry.id === id).map(({ what }) => what),
    order(refs, kind = 'sync') {
      const ids = refs.map(({ id }) => id);
      return [
        ...new Set(
          done.filter(({ id, what }) => ids.includes(id) && what.startsWith(kind)).map(({ id }) => id),
        ),
      ];
    },
    attempts: ({ id }) => begun.filter((one) => one === id).length,
    running: (model) => running.get(model) ?? 0,
    mostAtOnce: (model) => most.get(model) ?? 0,
    reset() {
      done = [];
      begun = [];
      failure = () => undefined;
      hanging.clear();
    },
  };
}
