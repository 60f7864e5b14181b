import { rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createDispatcher, type Dispatcher, type Job, type JobExit } from './dispatcher.ts';
import { endOfFile } from './end-of-file.ts';
import { PlaybookError } from './playbook-error.ts';
import { followEvents, type OutputsEvent, type VisibleEvent } from './playbook-events.ts';
import { EVENTS, preparePlaybook, scratchOf } from './playbook-job.ts';
import type { PlaybookRequest } from './playbook-request.ts';
import { learnedHostKeys } from './ssh-files.ts';
import { judge, type PlaybookResult } from './verdict.ts';

export type { Ansible, PlaybookRequest } from './playbook-request.ts';

/** What a run came to. */
export interface PlaybookRun extends PlaybookResult {
  /** Keys of the target that were believed on first use: feedback, for the next run to check. */
  readonly hostKeys: readonly string[];
  /** Why it was not run by the warm dispatcher, if so. */
  readonly cold: string | null;
}

/** Of a longer output, the end is kept; all of it may be more than fits into a text. @format bytes */
const MAX_OUTPUT = 1_000_000;

/**
 * Run a playbook for one object, and leave in `runDir` what was run and what came of it.
 *
 * No process outlives the run: not when it is aborted, times out, or when this process is killed.
 *
 * @throws {PlaybookError} whenever the playbook did not do its work
 */
export async function runPlaybook(given: PlaybookRequest): Promise<PlaybookRun> {
  const request = { ...given, runDir: resolve(given.runDir) };
  const { ansible } = request;
  if (ansible.dispatcher !== undefined) return runWith(ansible.dispatcher, request);
  const own = createDispatcher({ ansible, playbooksDir: dirname(request.playbook) });
  try {
    return await runWith(own, request);
  } finally {
    await own.stop();
  }
}

async function runWith(dispatcher: Dispatcher, request: PlaybookRequest): Promise<PlaybookRun> {
  const { playbook, runDir, timeoutMs, syntaxOnly = false } = request;
  const job = await preparePlaybook(request, dispatcher.environment);
  const ran = await executeAndClean(dispatcher, job, request);
  const { durationMs } = ran;
  const output = withoutHidden(await endOfFile(job.stdout, MAX_OUTPUT), ran.hidden);
  const hostKeys = request.target === undefined ? [] : await learnedHostKeys(request.target, runDir);
  if (hostKeys.length > 0) await request.onHostKeys?.(hostKeys);
  try {
    const result = judge({ playbook, ...ran, output, durationMs, timeoutMs, syntaxOnly });
    await leaveResult(runDir, { status: 'ok', recap: result.recap, durationMs });
    return { ...result, hostKeys, cold: ran.exit.cold ?? null };
  } catch (error) {
    if (error instanceof PlaybookError) {
      await leaveResult(runDir, { status: 'failed', code: error.code, message: error.message, durationMs });
    }
    throw error;
  }
}

/** The supervisor has removed the keys already, unless there was none, or it was killed: they must not stay. */
async function executeAndClean(
  dispatcher: Dispatcher,
  job: Job,
  request: PlaybookRequest,
): Promise<Ran & { readonly durationMs: number }> {
  try {
    await request.onWritten?.();
    const startedAt = performance.now();
    const ran = await execute(dispatcher, job, request);
    return { ...ran, durationMs: Math.round(performance.now() - startedAt) };
  } finally {
    await rm(scratchOf(request.runDir), { recursive: true, force: true });
  }
}

interface Ran {
  readonly exit: JobExit;
  readonly events: readonly VisibleEvent[];
  readonly outputs: readonly OutputsEvent[];
  /** What was printed although `no_log` says that it should not be. */
  readonly hidden: readonly string[];
}

async function execute(
  dispatcher: Dispatcher,
  job: Job,
  { runDir, signal, onEvent }: PlaybookRequest,
): Promise<Ran> {
  const ended = new AbortController();
  const givenUp = new AbortController();
  const events: VisibleEvent[] = [];
  const outputs: OutputsEvent[] = [];
  const hidden: string[] = [];
  const follow = async (): Promise<void> => {
    for await (const event of followEvents(join(runDir, EVENTS), ended.signal)) {
      if (event.event === 'outputs') outputs.push(event);
      else if (event.event === 'hidden') hidden.push(event.text);
      else {
        events.push(event);
        onEvent?.(event);
      }
    }
  };
  const followed = follow();
  // A fault of the follower must not leave the job running.
  followed.catch((error: unknown) => givenUp.abort(error));
  const exit = await dispatcher
    .run(job, AbortSignal.any([signal, givenUp.signal]))
    .finally(() => ended.abort());
  await followed;
  return { exit, events, outputs, hidden };
}

/** The name of a task with `no_log` may be made of values, and is printed before its result is censored. */
function withoutHidden(output: string, hidden: readonly string[]): string {
  return hidden
    .filter((text) => text !== '')
    .reduce((text, part) => text.replaceAll(part, 'a task with no_log'), output);
}

async function leaveResult(runDir: string, result: Record<string, unknown>): Promise<void> {
  const text = `${JSON.stringify({ ...result, endedAt: new Date().toISOString() }, null, 2)}\n`;
  await writeFile(join(runDir, 'result.json'), text, { mode: 0o600 });
}
