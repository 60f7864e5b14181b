import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import type { TemporalTarget } from '../client/temporal.ts';
import { PlatformError } from './error.ts';
import type { RunningProcess } from './process.ts';

const START_TIMEOUT_MS = 120_000;

/** What the Web UI lists workflows by. All keywords: a SQL store has ten of them, and three of each other type. */
export const SEARCH_ATTRIBUTES = ['Synchronizer', 'Model', 'ObjectId', 'SyncState'];

/** The defaults suit a cluster of many hosts; on a single one they are brakes. */
export const DYNAMIC_CONFIG = {
  'frontend.namespaceRPS': 100_000,
  'frontend.rps': 100_000,
  'history.rps': 100_000,
  'matching.rps': 100_000,
  'system.enableActivityEagerExecution': true,
  // 20 per shard by default: once the burst is used up, every workflow task waits for 40 ms.
  'history.transferProcessorMaxPollRPS': 2_000,
  'history.timerProcessorMaxPollRPS': 2_000,
  'history.visibilityProcessorMaxPollRPS': 2_000,
  // Else every timer of the server, retry delays included, is rounded up to a second.
  'history.timerProcessorMaxTimeShift': '10ms',
};

export type Answer = { isThere: true; version: string } | { isThere: false; fault: string };

export interface Start<Launched> {
  /** Gets its log. */
  dir: string;
  /** Called again with other ports when somebody took one meanwhile. */
  launch: (logFile: string) => Promise<Launched>;
  /** Asked again and again until it is there. */
  ask: (address: string) => Promise<Answer>;
}

/** Start a Temporal server on loopback, and wait until it answers. */
export async function startServing<Launched extends { server: RunningProcess; port: number }>({
  dir,
  launch,
  ask,
}: Start<Launched>): Promise<Launched> {
  await mkdir(dir, { recursive: true });
  const logFile = join(dir, 'temporal.log');
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    await rm(logFile, { force: true });
    const launched = await launch(logFile);
    const fault = await untilReady(launched.server, () => ask(addressOf(launched.port)), deadline);
    if (fault === undefined) return launched;
    await launched.server.kill();
    const log = await tailOf(logFile);
    // Somebody else took the port meanwhile, or what was killed a moment ago still has it.
    if (!log.includes('address already in use') || Date.now() > deadline) {
      throw new PlatformError('E_TEMPORAL', `Temporal in ${dir} did not start: ${fault}\n${log}`);
    }
    await pause(200);
  }
}

export const addressOf = (port: number): string => `127.0.0.1:${port}`;

/** @returns what went wrong, if anything */
async function untilReady(
  server: RunningProcess,
  ask: () => Promise<Answer>,
  deadline: number,
): Promise<string | undefined> {
  let fault = 'it did not answer in time';
  while (Date.now() < deadline) {
    if (server.hasEnded()) return 'it ended at once';
    const answer = await ask();
    if (answer.isThere) return undefined;
    fault = answer.fault;
    await pause(50);
  }
  return fault;
}

/** Connect to a Temporal server, and see whether a talk with it ends well. */
export async function talkTo(
  { address, credentials }: Pick<TemporalTarget, 'address' | 'credentials'>,
  timeoutMs: number,
  talk: (connection: Connection) => Promise<void>,
): Promise<Answer> {
  let connection: Connection | undefined;
  try {
    const connecting = await Connection.connect({ address, ...credentials, connectTimeout: timeoutMs });
    connection = connecting;
    return await connecting.withDeadline(Date.now() + timeoutMs, async () => {
      await talk(connecting);
      const { serverVersion } = await connecting.workflowService.getSystemInfo({});
      return { isThere: true, version: serverVersion };
    });
  } catch (error) {
    return { isThere: false, fault: error instanceof Error ? error.message : String(error) };
  } finally {
    await connection?.close();
  }
}

async function tailOf(logFile: string): Promise<string> {
  const log = await readFile(logFile, 'utf8').catch(() => '');
  return log.trimEnd().split('\n').slice(-8).map(withoutStack).join('\n');
}

function withoutStack(line: string): string {
  try {
    const { msg = '', error = '' } = JSON.parse(line) as { msg?: string; error?: string };
    return `${msg}: ${error}`;
  } catch {
    return line;
  }
}
