import { planChanges, planUnsettled, type ChangeSet, type Planned } from '../store/plan-changes.ts';
import { laidOver, rememberChanges } from '../store/overlay.ts';
import { readObject } from '../store/read.ts';
import { rolledBack } from '../store/rolled-back.ts';
import type { StoredObject } from '../store/types.ts';
import { planPlaybook, type PlannedPlaybook, type PlanSetup } from './plan-playbook.ts';

/**
 * Say what would be run for each object that has a playbook, were these changes made; nothing is stored.
 *
 * What the author's code reads meanwhile is as it would be then.
 *
 * @param changes absent: what is to be done now
 */
export async function planPlaybooks(
  setup: PlanSetup,
  changes: ChangeSet | undefined,
  signal: AbortSignal,
): Promise<{ readonly planned: Planned; readonly playbook: PlannedPlaybook }[]> {
  const { store } = setup;
  // The author's code runs after that: it may take its time, while what the changes would lock is free.
  const { overlay, objects } = await rolledBack(store, async (tx, registry) => {
    const writing = { tx, registry, writer: { name: 'accord plan' } };
    const foreseen =
      changes === undefined ? await planUnsettled(writing) : await planChanges(writing, changes);
    const withStep = foreseen.planned.filter(({ model }) => setup.steps.has(model));
    const read: { planned: Planned; object: StoredObject | null }[] = [];
    for (const planned of withStep) read.push({ planned, object: await readObject(tx, registry, planned) });
    return { overlay: await rememberChanges(tx, registry), objects: read };
  });
  const then: PlanSetup = {
    ...setup,
    store: { ...store, models: () => Promise.resolve(overlay.registry), ...laidOver(store, overlay) },
  };
  const found: { planned: Planned; playbook: PlannedPlaybook }[] = [];
  for (const { planned, object } of objects) {
    const playbook = object === null ? undefined : await planPlaybook(then, object, signal);
    if (playbook !== undefined) found.push({ planned, playbook });
  }
  return found;
}
