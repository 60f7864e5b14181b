import type { Store } from '../../store/store.ts';
import type { Ledger } from './ledger.ts';
import { nameOf, WITH_STEP } from './models.ts';
import type { People } from './people.ts';
import type { Random } from './random.ts';
import type { Witness } from './witness.ts';

/** Look, in the middle of a life, whether what is shown of some object is true: broken promises, as sentences. */
export async function glance(
  store: Store,
  people: People,
  witness: Witness,
  ledger: Ledger,
  random: Random,
): Promise<string[]> {
  const ref = random.pick(people.refs.filter(({ model }) => WITH_STEP.includes(model)));
  if (ref === undefined) return [];
  const object = await store.get(ref);
  const made = witness.resources.get(ref.id)?.n;
  if (object === null) {
    const isLeft = made !== undefined && !ledger.orphaned.has(ref.id);
    return isLeft ? [`${nameOf(ref)} is gone, but the back end still has it`] : [];
  }
  const n = Number(object.declarative['n']);
  if (object.state !== 'Synced' || made === n) return [];
  return [`${nameOf(ref)} is shown as Synced with n = ${n}, and the back end has ${made ?? 'nothing'}`];
}
