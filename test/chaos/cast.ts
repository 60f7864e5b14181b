import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../platform/ports.ts';
import { startPostgres } from '../../platform/postgres.ts';
import { startTemporal } from '../../platform/temporal.ts';
import { startAccord } from '../e2e/accord.ts';
import type { Random } from '../random/random.ts';

/** A process that may die at any moment, and comes back where it was. */
export interface Actor {
  readonly name: string;
  readonly pid: number;
  kill(): Promise<unknown>;
  stop(): Promise<unknown>;
}

/** All processes of an installation, each by itself. */
export interface Cast {
  readonly servers: readonly string[];
  databaseUrl(): string;
  /** Kill one at random, or freeze a worker for a while; it is back, or awake, when this settles. @returns what was done */
  strike(random: Random): Promise<string>;
  /** See that everybody is there. */
  revive(): Promise<void>;
  stop(): Promise<void>;
}

const SERVERS = 2;
const WORKERS = 3;

/** Leases of a few seconds, so that what is lost is missed soon; not so short that a busy machine looks dead. */
const SHORT = {
  ACCORD_LEASE_MS: '6000',
  ACCORD_RENEW_MS: '1000',
  ACCORD_HEARTBEAT_MS: '6000',
  ACCORD_RETRY_INITIAL_MS: '500',
  ACCORD_RETRY_MAX_MS: '4000',
  ACCORD_SWEEP_MS: '5000',
  ACCORD_SHUTDOWN_MS: '2000',
  ACCORD_SLOTS: '10',
  ACCORD_LOG_LEVEL: 'warn',
};
/** Longer than the lease: others have taken over when it wakes. */
const FREEZE_MS = 10_000;

export async function startCast(
  folder: string,
  synchronizer: string,
  environment: Readonly<Record<string, string>>,
): Promise<Cast> {
  const [postgresPort = 0, temporalPort = 0, uiPort = 0, ...serverPorts] = await freePorts(3 + SERVERS);
  let databaseUrl = '';
  const dir = (name: string): string => join(folder, name);
  const accord = (name: string, args: readonly string[], more: Readonly<Record<string, string>> = {}) => ({
    name,
    start: () =>
      startAccord(args, {
        ...environment,
        ...SHORT,
        ...more,
        DATABASE_URL: databaseUrl,
        TEMPORAL_ADDRESS: `127.0.0.1:${temporalPort}`,
      }),
  });
  const parts: readonly { readonly name: string; readonly start: () => Promise<Omit<Actor, 'name'>> }[] = [
    {
      name: 'Postgres',
      async start() {
        const postgres = await startPostgres({ dir: dir('postgres'), port: postgresPort });
        databaseUrl = postgres.url;
        return postgres;
      },
    },
    {
      name: 'Temporal',
      start: () => startTemporal({ dir: dir('temporal'), port: temporalPort, uiPort, headless: true }),
    },
    ...serverPorts.map((port, index) =>
      accord(`server ${index + 1}`, ['server'], { ACCORD_BIND: `127.0.0.1:${port}` }),
    ),
    ...Array.from({ length: WORKERS }, (_, index) => accord(`worker ${index + 1}`, ['worker', synchronizer])),
  ];
  const actors = new Map<string, Actor>();
  const start = async ({ name, start: begin }: (typeof parts)[number]): Promise<void> => {
    actors.set(name, { ...(await begin()), name });
  };
  const isThere = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  for (const part of parts) await start(part);

  return {
    servers: serverPorts.map((port) => `http://127.0.0.1:${port}`),
    databaseUrl: () => databaseUrl,
    async strike(random) {
      const part = random.pick(parts);
      const actor = part && actors.get(part.name);
      if (actor === undefined) return 'nothing';
      if (actor.name.startsWith('worker') && random.chance(0.3)) {
        process.kill(actor.pid, 'SIGSTOP');
        await sleep(FREEZE_MS);
        process.kill(actor.pid, 'SIGCONT');
        return `froze ${actor.name} for ${FREEZE_MS / 1_000} s`;
      }
      await actor.kill();
      const pauseMs = random.int(3_000);
      await sleep(pauseMs);
      await start(part as (typeof parts)[number]);
      return `killed ${actor.name}, back after ${pauseMs} ms`;
    },
    async revive() {
      for (const part of parts) if (!isThere(actors.get(part.name)?.pid ?? -1)) await start(part);
    },
    async stop() {
      for (const { name } of parts.toReversed()) await actors.get(name)?.stop();
    },
  };
}
