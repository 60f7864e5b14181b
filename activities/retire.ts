import { retireSysEntry, sysEntry } from '../backend/sys-dir.ts';
import type { Ref } from '../model/definition.ts';
import type { ActivitySetup } from './create-activities.ts';

/** Take away what was kept of an object's playbook, if the object is gone. Should that fail: it is tidied up later. */
export async function retire(
  { store, steps, sysDir, keepDeletedSysMs, log }: ActivitySetup,
  ref: Ref,
): Promise<void> {
  const step = steps.get(ref.model);
  if (step === undefined || step.kind === 'step') return;
  try {
    const model = (await store.models()).get(ref.model);
    if (model === undefined || (await store.get(ref)) !== null) return;
    await retireSysEntry(sysEntry(sysDir, model.definition.app, ref), keepDeletedSysMs);
  } catch (error) {
    log.warn({ err: error, ...ref }, 'what was run for a deleted object could not be taken away yet');
  }
}
