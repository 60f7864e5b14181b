import type { PolicyContext } from './context.ts';
import type { Model, ObjectOf } from './model.ts';

/** Answers a change of one model by editing others. Reads and writes declarative state, never the back end. */
export interface Policy<M extends Model> {
  readonly model: M;
  handleCreate?(object: ObjectOf<M>, context: PolicyContext): Promise<void> | void;
  handleUpdate?(object: ObjectOf<M>, context: PolicyContext): Promise<void> | void;
  handleDelete?(object: ObjectOf<M>, context: PolicyContext): Promise<void> | void;
}

/** Define a model policy. */
export function policy<const M extends Model>(
  definition: Policy<M>,
): Policy<M> & { readonly kind: 'policy' } {
  return { kind: 'policy', ...definition };
}
