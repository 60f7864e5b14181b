import { setTimeout as sleep } from 'node:timers/promises';
import type { Installation } from './installation.ts';
import type { People } from './people.ts';
import type { Random } from './random.ts';

/** Create objects with random links, and then do whatever people do, at random. */
export async function live(
  people: People,
  random: Random,
  { size, edits }: { readonly size: number; readonly edits: number },
  restart: Installation['restart'],
  look: () => Promise<void>,
): Promise<void> {
  for (let index = 0; index < size; index += 1) await people.create();
  for (let index = 0; index < edits; index += 1) {
    await doSomething(people, random, restart, look);
    if (random.chance(0.3)) await sleep(random.int(40));
    else if (random.chance(0.03)) await sleep(300);
  }
}

async function doSomething(
  people: People,
  random: Random,
  restart: Installation['restart'],
  look: () => Promise<void>,
): Promise<void> {
  const ref = random.pick(people.refs);
  const other = random.pick(people.refs);
  if (ref === undefined || other === undefined) return people.create();
  const deeds: readonly (readonly [weight: number, deed: () => Promise<unknown>])[] = [
    [260, () => people.edit(ref)],
    [40, () => people.editBoth(ref, other)],
    [110, () => people.create()],
    [60, () => people.remove(ref, {})],
    [50, () => people.remove(ref, { cascade: true })],
    [15, () => people.remove(ref, { orphan: true })],
    [5, () => people.remove(ref, { orphan: true, cascade: true })],
    [60, () => people.pause(ref, 'object')],
    [15, () => people.pause(ref, 'object', 50 + random.int(300))],
    [12, () => people.pause(ref, 'model', random.chance(0.5) ? undefined : 50 + random.int(300))],
    [8, () => people.pause(ref, 'synchronizer', random.chance(0.5) ? undefined : 50 + random.int(200))],
    [90, () => people.resume()],
    [50, () => people.flag(ref, 'no_sync', random.chance(0.5))],
    [12, () => people.flag(ref, 'no_policy', random.chance(0.5))],
    [15, () => people.flag(ref, 'write_protect', random.chance(0.5))],
    [60, () => people.resync(ref)],
    [60, () => people.hurry()],
    [40, () => people.meddle()],
    [40, () => look()],
    [3, () => restart(random.int(2), random.chance(0.5) ? 'stop first' : 'start first')],
  ];
  let draw = random.int(deeds.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, deed] of deeds) {
    draw -= weight;
    if (draw < 0) {
      await deed();
      return;
    }
  }
}
