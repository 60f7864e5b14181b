import { planChanges, planUnsettled, type ChangeSet, type Planned } from '../store/plan-changes.ts';
import { findObjects, readObject } from '../store/read.ts';
import { rolledBack } from '../store/rolled-back.ts';
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
  return rolledBack(store, async (tx, registry) => {
    const writing = { tx, registry, writer: { name: 'accord plan' } };
    const plan = changes === undefined ? await planUnsettled(writing) : await planChanges(writing, changes);
    const then: PlanSetup = {
      ...setup,
      store: {
        ...store,
        models: () => Promise.resolve(registry),
        get: (ref) => readObject(tx, registry, ref),
        find: (model, where) => findObjects(tx, registry, model, where),
      },
    };
    const found: { planned: Planned; playbook: PlannedPlaybook }[] = [];
    for (const planned of plan.planned) {
      if (!setup.steps.has(planned.model)) continue;
      const object = await then.store.get(planned);
      const playbook = object === null ? undefined : await planPlaybook(then, object, signal);
      if (playbook !== undefined) found.push({ planned, playbook });
    }
    return found;
  });
}
