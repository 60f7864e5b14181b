import { linkedBy, isRef, type Seen } from './models.ts';
import type { Ref } from '../../model/definition.ts';

/** How a step, or whoever checks on it, loads other objects. */
export interface Eyes {
  readonly follow: (ref: Ref) => Promise<Readonly<Record<string, unknown>>>;
  readonly find: (model: string, where: Readonly<Record<string, unknown>>) => Promise<readonly Seen[]>;
}

interface Look {
  /** Links, and what is read of each object that they lead to. */
  readonly follow: readonly (readonly [link: string, field: string])[];
  /** All objects of this model that have its own color; `n` and this are read of each. */
  readonly find?: readonly [model: string, field: string];
}

const LOOKS: Readonly<Record<string, Look>> = {
  Site: { follow: [] },
  Net: { follow: [['site', 'n']], find: ['Site', 'n'] },
  Host: {
    follow: [
      ['front', 'echo'],
      ['site', 'color'],
    ],
  },
  Service: {
    follow: [
      ['hosts', 'echo'],
      ['needs', 'n'],
    ],
    find: ['Host', 'echo'],
  },
  Tenant: { follow: [['site', 'echo']] },
  Part: { follow: [['site', 'n']] },
};

/** What an object reads of others. The same now as then, or it is to be synchronized again. */
export interface Sight {
  readonly followed: readonly unknown[];
  readonly found: readonly (readonly [id: number, n: number, value: unknown])[];
}

/** Read all that the step of this object reads of others. */
export async function lookAround(object: Seen, eyes: Eyes): Promise<Sight> {
  const look = LOOKS[object.model] ?? { follow: [] };
  const followed: unknown[] = [];
  for (const [link, field] of look.follow) {
    for (const target of [object[link]].flat().filter(isRef))
      followed.push([target.id, (await eyes.follow(target))[field] ?? null]);
  }
  if (look.find === undefined) return { followed, found: [] };
  const [model, field] = look.find;
  const found = await eyes.find(model, { life: object.life, color: object.color });
  return { followed, found: found.map((other) => [other.id, other.n, other[field] ?? null]) };
}

/** A link besides those that hold: a host does not depend on its note. */
const LOOSE: Readonly<Record<string, readonly string[]>> = { Host: ['note'] };

/** What an object uses by its own links. */
export function usedBy(object: Seen): number[] {
  const loose = LOOSE[object.model] ?? [];
  return linkedBy(
    object,
    Object.keys(object).filter((name) => !loose.includes(name)),
  );
}
