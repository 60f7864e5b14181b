import { modelNamesOf, type Synchronizer } from '../define/synchronizer.ts';

/** Name what the types have and this version cannot give: refused, since a silent no-op would be worse. */
export function notYet(synchronizer: Synchronizer): string[] {
  return (synchronizer.steps ?? [])
    .filter(({ kind }) => kind === 'instance')
    .map(
      (step) =>
        `the instance step of ${modelNamesOf(step).join(', ')}: this version of Accord does not do that yet`,
    );
}
