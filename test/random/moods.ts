import { DeferredException, PermanentException } from '../../define/index.ts';
import { createRandom, type Random } from './random.ts';

/** What author code is asked to do. */
export type Act = 'sync' | 'delete' | 'police' | 'dependsOn' | 'deliver';

/** What goes wrong in a life. The seed decides for each time that each object is acted on, whatever comes first. */
export interface Moods {
  /** How the next act on this object goes; throws in the middle of it, maybe. */
  next(act: Act, serial: number, handler?: string): Mood;
  /** From now on everything goes well. */
  calm(): void;
}

export interface Mood {
  readonly lasts: number;
  readonly misbehave: () => void;
}

const LONG_MS = 3_600_000;

export function createMoods(seed: number): Moods {
  const turns = new Map<string, number>();
  let isCalm = false;

  const misbehave = (act: Act, random: Random): void => {
    if (isCalm) return;
    if (random.chance(0.12)) throw new Error(`random failure of ${act}`);
    if (act === 'deliver' || act === 'dependsOn') return;
    // Of a deferral for long only a new goal can be the end; people see to that, but a deletion has none.
    if (random.chance(0.1)) {
      const afterMs = act === 'sync' && random.chance(0.1) ? LONG_MS : 30 + random.int(100);
      throw new DeferredException('random deferral', { afterMs });
    }
    if (random.chance(0.02)) throw new PermanentException('random end');
  };

  return {
    next(act, serial, handler = '') {
      const key = `${act} ${serial} ${handler}`;
      const turn = (turns.get(key) ?? 0) + 1;
      turns.set(key, turn);
      const random = createRandom(hash(`${seed} ${key} ${turn}`));
      const lasts = random.chance(0.03) ? 400 : random.int(15);
      return { lasts, misbehave: () => misbehave(act, random) };
    },
    calm() {
      isCalm = true;
    },
  };
}

/** FNV-1a. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (const char of text) state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return state >>> 0;
}
