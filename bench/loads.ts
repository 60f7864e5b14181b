import { setTimeout as sleep } from 'node:timers/promises';
import type { Ref } from '../model/definition.ts';
import type { Writer } from '../store/types.ts';
import type { Lab } from './engine-lab.ts';

export const ME: Writer = { name: 'a bench' };
/** Gives way to what a person writes meanwhile. */
export const BULK: Writer = { ...ME, isBulk: true };

export interface Load {
  readonly model?: string;
  /** Which of the earlier ones each is linked to, by their places. @default none */
  readonly needs?: (index: number) => readonly number[];
  readonly writer?: Writer;
}

export const none = (): readonly number[] => [];

/** Create objects, a hundred in a write. */
export async function create(
  lab: Lab,
  names: readonly string[],
  { model = 'Item', needs = none, writer = ME }: Load = {},
): Promise<Ref[]> {
  const refs: Ref[] = [];
  for (let from = 0; from < names.length; from += 100) {
    const known = refs.length;
    // May run twice, so that it must not add to what an earlier try has left.
    const written = await lab.store.write(writer, async (tx) => {
      const here = refs.slice(0, known);
      for (const name of names.slice(from, from + 100)) {
        const links = needs(here.length).flatMap((index) => here[index] ?? []);
        here.push(await tx.create(model, { name, ...(links.length > 0 && { needs: links }) }));
      }
      return here.slice(known);
    });
    refs.push(...written);
  }
  return refs;
}

export const namesOf = (count: number, what = 'n'): string[] =>
  Array.from({ length: count }, (_, index) => `${what} ${index}`);

/** Create so many, and wait until all are synchronized. */
export async function load(lab: Lab, count: number, how: Load = {}): Promise<Ref[]> {
  const refs = await create(lab, namesOf(count), how);
  await lab.untilSynced(how.model ?? 'Item');
  return refs;
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** What is still being written down when all is done belongs to the leg before. */
export const rest = (): Promise<void> => sleep(1_000);
