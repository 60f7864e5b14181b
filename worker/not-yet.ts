import { modelNamesOf, type AnyStep, type Synchronizer } from '../define/synchronizer.ts';

/** What the types have and this version does not do yet. Refused, since a silent no-op would be worse. */
const STEP_OPTIONS = ['inline'] as const satisfies readonly (keyof AnyStep)[];

/** Name all that a synchronizer asks for and this version cannot give. */
export function notYet(synchronizer: Synchronizer): string[] {
  const say = (what: string): string => `${what}: this version of Accord does not do that yet`;
  return [
    ...(synchronizer.steps ?? []).flatMap((step) => {
      const name = modelNamesOf(step).join(', ');
      const options = STEP_OPTIONS.filter((option) => step[option] !== undefined);
      return [
        ...(step.kind === 'instance' ? [say(`the instance step of ${name}`)] : []),
        ...options.map((option) => say(`${option} of the step of ${name}`)),
      ];
    }),
  ];
}
