import { modelNamesOf } from '../define/synchronizer.ts';

/** Workflow ids are made of names, and have their limit. */
const MOST_MODELS = 3;

/**
 * Name steps and watchers so that each keeps its name wherever its code is moved to: by its synchronizer, kind and models.
 *
 * Those that are alike are numbered, in the order in which they are listed.
 */
export function namesOf(
  synchronizer: string,
  all: readonly { readonly kind: string; readonly synchronizes: unknown }[],
): string[] {
  const taken = new Map<string, number>();
  return all.map((one) => {
    const models = modelNamesOf(one);
    const more = models.length > MOST_MODELS ? ` and ${models.length - MOST_MODELS} more` : '';
    const kind = one.kind === 'watcher' ? 'watcher' : 'step';
    const name = `${synchronizer}/${kind} ${models.slice(0, MOST_MODELS).join(', ')}${more}`;
    const count = (taken.get(name) ?? 0) + 1;
    taken.set(name, count);
    return count === 1 ? name : `${name} ${count}`;
  });
}
