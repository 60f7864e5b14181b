import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../../store/database.ts';
import { createRandom } from '../random/random.ts';
import { openBackEnd } from './back-end.ts';
import { startCast } from './cast.ts';
import { judge, settle } from './judge.ts';
import { createPeople } from './people.ts';

export interface ChaosOptions {
  readonly seed: number;
  /** How long processes die. */
  readonly seconds: number;
  readonly objects: number;
  readonly onProgress: (sentence: string) => void;
}

export interface Outcome {
  /** Broken promises; empty when all were kept. */
  readonly problems: readonly string[];
  readonly strikes: number;
  /** Writes that were answered with success. */
  readonly accepted: number;
  /** There in the end. */
  readonly objects: number;
  /** Asked of the back end. */
  readonly calls: number;
}

const NODES = fileURLToPath(new URL('./nodes', import.meta.url));
/** People who write at the same time. */
const LANES = 4;

/** Run an installation of real processes, kill them at random while people write, and see whether all promises were kept. */
export async function runChaos({ seed, seconds, objects, onProgress }: ChaosOptions): Promise<Outcome> {
  const random = createRandom(seed);
  const folder = await mkdtemp(join(tmpdir(), 'accord-chaos-'));
  // The user that runs Postgres for root must be able to enter.
  await chmod(folder, 0o711);
  const backEnd = await openBackEnd(createRandom(seed + 1));
  const cast = await startCast(folder, NODES, { PARTS_BACKEND: backEnd.url });
  const people = createPeople(cast.servers, createRandom(seed + 2), objects);
  const until = performance.now() + seconds * 1_000;
  const isOver = (): boolean => performance.now() > until;
  let strikes = 0;
  try {
    const write = async (): Promise<void> => {
      while (!isOver()) {
        await people.act();
        await sleep(random.int(50));
      }
    };
    const kill = async (): Promise<void> => {
      while (!isOver()) {
        await sleep(random.int(4_000));
        onProgress(await cast.strike(random));
        strikes += 1;
      }
    };
    await Promise.all([...Array.from({ length: LANES }, write), kill()]);
    await cast.revive();
    backEnd.calm();
    onProgress(`${strikes} strikes are over; waiting until all is done`);
    const database = openDatabase(cast.databaseUrl(), { connections: 2 });
    try {
      const isDone = await settle(database);
      const problems = [
        ...(isDone ? [] : ['it did not come to rest']),
        ...(await judge(database, people, backEnd)),
      ];
      const accepted = people.accepted();
      return { problems, strikes, accepted, objects: backEnd.parts.size, calls: backEnd.calls() };
    } finally {
      await database.close();
    }
  } finally {
    await cast.stop();
    await backEnd.close();
    await rm(folder, { recursive: true, force: true });
  }
}
