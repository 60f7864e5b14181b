import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random/random.ts';
import type { Actor, Cast, Kind } from './cast.ts';
import type { Frozen } from './judge-calls.ts';

export interface StrikeOptions {
  readonly random: Random;
  /** When this is so, nothing more is begun. */
  readonly isOver: () => boolean;
  /** Of this many, each kills by itself; never two the same process. */
  readonly killers: number;
  /** How long a process is frozen. @format seconds */
  readonly freezeSeconds: number;
  /** How often all is killed at once. @format seconds */
  readonly everythingSeconds: number;
  readonly onProgress: (sentence: string) => void;
}

/** What was done to an installation. */
export interface Strikes {
  readonly kills: Readonly<Record<Kind, number>>;
  readonly freezes: Readonly<Record<'server' | 'worker', number>>;
  readonly frozen: readonly Frozen[];
  /** How often every process was killed at the same time. */
  readonly everything: number;
  /** Processes that ended although nobody had killed them. */
  readonly endedAlone: readonly string[];
}

/** How often each is killed, beside the others: what all depend on less often, or nothing would ever be done. */
const WEIGHTS = { Postgres: 1, Temporal: 1, server: 8, worker: 8 } as const satisfies Record<Kind, number>;
const LONGEST_PAUSE_MS = 5_000;
const LONGEST_AWAY_MS = 1_500;
const SAY_MS = 30_000;

/** Kill and freeze the processes of an installation at random until it is over; then all are there, and awake. */
export async function strikeAll(cast: Cast, options: StrikeOptions): Promise<Strikes> {
  const { random, isOver, killers, freezeSeconds, everythingSeconds, onProgress } = options;
  const kills = { Postgres: 0, Temporal: 0, server: 0, worker: 0 };
  const freezes = { server: 0, worker: 0 };
  const frozen: Frozen[] = [];
  const endedAlone: string[] = [];
  let everything = 0;
  /** Somebody is at work on them. */
  const taken = new Set<Actor>();
  /** Under way: kills of single processes. */
  let strikes = 0;
  /** Nobody begins another: all is to be killed. */
  let isHeld = false;

  const rest = async (mostMs: number): Promise<void> => {
    const until = performance.now() + mostMs;
    while (!isOver() && performance.now() < until) await sleep(Math.min(200, mostMs));
  };
  const pick = (): Actor | undefined => {
    const kinds = Object.entries(WEIGHTS).flatMap(([kind, weight]) =>
      Array.from({ length: weight }, () => kind),
    );
    const kind = random.pick(kinds);
    return random.pick(cast.actors.filter((one) => one.kind === kind && !taken.has(one)));
  };
  const take = async (actor: Actor, work: () => Promise<void>): Promise<void> => {
    taken.add(actor);
    await work().finally(() => taken.delete(actor));
  };

  const kill = (actor: Actor): Promise<void> =>
    take(actor, async () => {
      await actor.kill();
      kills[actor.kind] += 1;
      await sleep(random.int(LONGEST_AWAY_MS));
      await actor.start();
    });
  const keepKilling = async (): Promise<void> => {
    while (!isOver()) {
      await rest(random.int(LONGEST_PAUSE_MS));
      const actor = isHeld ? undefined : pick();
      if (actor === undefined) continue;
      strikes += 1;
      await kill(actor).finally(() => (strikes -= 1));
    }
  };

  const freeze = (actor: Actor): Promise<void> =>
    take(actor, async () => {
      const [pid, from] = [actor.pid(), Date.now()];
      process.kill(pid, 'SIGSTOP');
      await sleep(freezeSeconds * 1_000);
      // Killed meanwhile, with all the others.
      if (actor.pid() !== pid || !actor.isThere()) return;
      frozen.push({ pid, from, until: Date.now() });
      freezes[actor.kind === 'server' ? 'server' : 'worker'] += 1;
      process.kill(pid, 'SIGCONT');
      onProgress(`froze ${actor.name} for ${freezeSeconds} s`);
    });
  const keepFreezing = async (): Promise<void> => {
    while (!isOver()) {
      await rest(random.int(2 * LONGEST_PAUSE_MS));
      const kind = random.chance(0.3) ? 'server' : 'worker';
      const free = cast.actors.filter((one) => one.kind === kind && !taken.has(one) && one.isThere());
      // The one that has been there for longest: it is in the middle of something.
      const [actor] = free.toSorted((a, b) => a.startedAt() - b.startedAt());
      if (!isHeld && actor !== undefined) await freeze(actor);
    }
  };

  const killAll = async (): Promise<void> => {
    isHeld = true;
    while (strikes > 0) await sleep(20);
    await Promise.all(cast.actors.map((one) => one.kill()));
    everything += 1;
    const order = shuffled(cast.actors, random);
    onProgress(`killed everything; it comes back as ${order.map(({ name }) => name).join(', ')}`);
    await Promise.all(order.map((one, index) => sleep(index * 300).then(() => one.start())));
    isHeld = false;
  };
  const keepKillingAll = async (): Promise<void> => {
    for (;;) {
      await rest(everythingSeconds * 1_000);
      if (isOver()) return;
      await killAll();
    }
  };

  /** As whoever runs a process would: what has ended by itself is started again. */
  const tend = async (): Promise<void> => {
    for (const actor of cast.actors) {
      if (isHeld || taken.has(actor) || actor.isThere()) continue;
      endedAlone.push(actor.name);
      onProgress(`${actor.name} had ended by itself`);
      await take(actor, () => actor.start());
    }
  };
  const keepTending = async (): Promise<void> => {
    while (!isOver()) {
      await rest(1_000);
      await tend();
    }
  };

  const keepSaying = async (): Promise<void> => {
    while (!isOver()) {
      await rest(SAY_MS);
      onProgress(`killed: ${JSON.stringify(kills)}`);
    }
  };

  const killing = Array.from({ length: killers }, keepKilling);
  await Promise.all([...killing, keepFreezing(), keepKillingAll(), keepTending(), keepSaying()]);
  await tend();
  return { kills, freezes, frozen, everything, endedAlone };
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items];
  return items.flatMap(() => left.splice(random.int(left.length), 1));
}
