import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { provideTemporalServer } from '../../platform/temporal-binary.ts';
import { createClient } from '../../client/http.ts';
import { openDatabase } from '../../store/database.ts';
import { createRandom } from '../random/random.ts';
import { waitFor } from '../support/wait-for.ts';
import { openBackEnd } from './back-end.ts';
import { judgeCalm, liveInCalm, type Calm } from './calm.ts';
import { startCast } from './cast.ts';
import { figuresOf, judge, settle, type Figures } from './judge.ts';
import { createOnlooker } from './onlooker.ts';
import { createPeople } from './people.ts';
import { programsOf } from './programs.ts';
import { strikeAll, type Strikes } from './strikes.ts';

export interface ChaosOptions {
  readonly seed: number;
  /** How long processes die. */
  readonly seconds: number;
  /** As many live at a time, at most. */
  readonly objects: number;
  /** Who kill at the same time, never the same process. @default 2 */
  readonly killers?: number;
  /** @default 40 */
  readonly freezeSeconds?: number;
  /** Temporal's development server, or one that keeps all in Accord's Postgres. @default dev */
  readonly server?: 'dev' | 'postgres';
  /** Where Accord is installed as a package. @default this clone is run */
  readonly installedIn?: string | undefined;
  /** Leave the folder with data and logs where it is. @default false */
  readonly keep?: boolean;
  readonly onProgress: (sentence: string) => void;
}

/** What is kept of a run. */
export interface Outcome extends Omit<Strikes, 'frozen'>, Figures {
  readonly seed: number;
  readonly seconds: number;
  /** From the last strike until nothing was left to be done. */
  readonly settledAfterSeconds: number;
  /** Writes by how they were answered; of what is unheard nobody knows whether it was accepted. */
  readonly writes: Readonly<Record<'accepted' | 'refused' | 'unheard', number>>;
  readonly objects: {
    readonly created: number;
    readonly peak: number;
    readonly deleted: number;
    readonly left: number;
  };
  /** Asked of the back end; of those refused as out of date; and the attempts that asked. */
  readonly calls: number;
  readonly callsOutOfDate: number;
  readonly attempts: number;
  /** While it went on: objects shown as Synced, and as gone, that were compared with the back end. */
  readonly shown: { readonly synced: number; readonly gone: number };
  /** When nobody struck any more; undefined when it did not come to rest. */
  readonly calm: Calm | undefined;
  /** Broken promises; empty when all were kept. */
  readonly problems: readonly string[];
}

/** People who write at the same time. */
const LANES = 6;
/** Of whoever looks at what is shown. */
const LONGEST_REST_MS = 3_000;
/** How often somebody looks for what the back end refuses for good, and asks for something else. */
const MEND_MS = 30_000;
/** All is killed at the same time as often as this; in a short run once, when the first that was frozen has woken. */
const EVERYTHING_SECONDS = 240;
const EVERYTHING_SHARE = 0.6;

async function knowsParts(servers: readonly string[]): Promise<true | undefined> {
  const models = await Promise.all(servers.map((server) => createClient({ server }).models())).catch(
    () => [],
  );
  return models.length > 0 && models.every((ones) => ones.length > 0) ? true : undefined;
}

/** Run an installation of real processes, kill them at random while people write, and see whether all promises were kept. */
export async function runChaos(options: ChaosOptions): Promise<Outcome> {
  const { seed, seconds, objects, killers = 2, freezeSeconds = 40, keep = false, onProgress } = options;
  const { server = 'dev' } = options;
  if (server === 'postgres') await provideTemporalServer(onProgress);
  const folder = await mkdtemp(join(tmpdir(), 'accord-chaos-'));
  // The user that runs Postgres for root must be able to enter.
  await chmod(folder, 0o711);
  if (keep) onProgress(`data and logs are kept in ${folder}`);
  const programs = await programsOf(options.installedIn);
  const backEnd = await openBackEnd(createRandom(seed + 1));
  const cast = await startCast(folder, programs, { PARTS_BACKEND: backEnd.url }, server);
  const people = createPeople(cast.servers, createRandom(seed + 2), objects);
  const onlooker = createOnlooker(cast.servers, createRandom(seed + 3), people, backEnd);
  let until = 0;
  const isOver = (): boolean => performance.now() > until;
  let peak = 0;
  let isRest = false;
  try {
    // Nobody is killed before there is anything to lose.
    await waitFor('a worker to say what a Part is', () => knowsParts(cast.servers), undefined, 120_000);
    until = performance.now() + seconds * 1_000;
    const write = async (random = createRandom(seed + 4)): Promise<void> => {
      while (!isOver()) {
        await people.act();
        peak = Math.max(peak, people.living());
        await sleep(random.int(50));
      }
    };
    const watch = async (): Promise<void> => {
      while (!isRest) {
        const startedAt = performance.now();
        await onlooker.look();
        // Whoever looks is not to be what the machine is busy with; but who is frozen, and answers late, costs it nothing.
        await sleep(Math.min(Math.max(500, 5 * (performance.now() - startedAt)), LONGEST_REST_MS));
      }
    };
    const mend = async (): Promise<void> => {
      while (!isOver()) {
        await sleep(Math.min(MEND_MS, seconds * 250));
        await people.mend();
      }
    };
    const watching = watch();
    const [strikes] = await Promise.all([
      strikeAll(cast, {
        random: createRandom(seed),
        isOver,
        killers,
        freezeSeconds,
        everythingSeconds: Math.min(EVERYTHING_SECONDS, seconds * EVERYTHING_SHARE),
        onProgress,
      }),
      ...Array.from({ length: LANES }, () => write()),
      mend(),
    ]);
    backEnd.calm();
    onProgress(`the strikes are over, ${people.living()} objects live; waiting until all is done`);
    const calmAt = performance.now();
    const database = openDatabase(cast.databaseUrl(), { connections: 2 });
    try {
      const isDone = await settle(database, people, onProgress);
      const settledAfterSeconds = Math.round((performance.now() - calmAt) / 1_000);
      isRest = true;
      await watching;
      onProgress('all is done; now more calls hang than there are slots');
      const [asked = ''] = cast.servers;
      const calm = isDone
        ? await liveInCalm({
            database,
            server: asked,
            backEnd,
            slots: cast.slots,
            settle: () => settle(database, people, onProgress),
          })
        : undefined;
      const { frozen, ...struck } = strikes;
      const problems = [
        ...(isDone ? [] : ['it did not come to rest']),
        ...((await cast.hasComplained()) ? [] : ['the worker with a full disk has not said so']),
        ...((await cast.isMistaken()) ? [] : ['the clocks that are to jump are right']),
        ...strikes.endedAlone.map((name) => `${name} ended although nobody had killed it`),
        ...(calm === undefined ? [] : judgeCalm(calm)),
        ...onlooker.problems,
        ...(await judge(database, people, backEnd, frozen)),
      ];
      const { calls } = backEnd;
      return {
        seed,
        seconds,
        ...struck,
        settledAfterSeconds,
        writes: people.writes,
        objects: {
          created: people.byId.size,
          peak,
          deleted: people.marked.size,
          left: backEnd.parts.size,
        },
        calls: calls.length,
        callsOutOfDate: calls.filter(({ verdict }) => verdict === 'stale').length,
        attempts: new Set(calls.map(({ id, fence }) => `${id} ${fence}`)).size,
        ...(await figuresOf(database, frozen)),
        shown: onlooker.seen(),
        calm,
        problems,
      };
    } finally {
      await database.close();
    }
  } finally {
    isRest = true;
    await cast.stop();
    await backEnd.close();
    if (!keep) await rm(folder, { recursive: true, force: true });
  }
}
