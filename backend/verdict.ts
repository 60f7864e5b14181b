import { basename } from 'node:path';
import type { JobExit } from './dispatcher.ts';
import { PlaybookError, type PlaybookFault } from './playbook-error.ts';
import type { HostStats, OutputsEvent, ResultEvent, VisibleEvent } from './playbook-events.ts';

/** What a playbook did: what it published, and what it counted. */
export interface PlaybookResult {
  /** The data of `set_stats`, that of single hosts included. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** One line per host: `web-1 : ok=2 changed=1 unreachable=0 failed=0 …`. */
  readonly recap: string;
  readonly tasks: readonly TaskSummary[];
  readonly durationMs: number;
  /** Everything that Ansible printed. Counts as secret: `no_log` does not cover it all. */
  readonly output: string;
}

export interface TaskSummary {
  /** Null when `no_log` hides it. */
  readonly task: string | null;
  readonly host: string;
  readonly status: 'ok' | 'changed' | 'failed' | 'skipped' | 'unreachable';
  readonly durationMs: number;
}

export interface EndedRun {
  readonly playbook: string;
  readonly events: readonly VisibleEvent[];
  readonly outputs: readonly OutputsEvent[];
  readonly exit: JobExit;
  readonly output: string;
  readonly durationMs: number;
  readonly timeoutMs: number;
  /** `--syntax-check` runs nothing, so that no host is counted. */
  readonly syntaxOnly: boolean;
}

/**
 * Say what a run came to.
 *
 * The exit code alone does not tell: «no hosts matched» exits 0, and 4 is unreachable as well as a syntax error.
 *
 * @throws {PlaybookError} with one sentence for each way to fail
 */
export function judge(run: EndedRun): PlaybookResult {
  const stats = run.events.find((event) => event.event === 'stats')?.hosts ?? {};
  const recap = Object.entries(stats)
    .map(([host, counts]) => recapLine(host, counts))
    .join('\n');
  const problem = findProblem(run, stats);
  if (problem !== undefined) {
    const { code, reason, at } = problem;
    throw new PlaybookError(code, `playbook ${basename(run.playbook)} ${reason}`, {
      output: run.output,
      durationMs: run.durationMs,
      ...(recap === '' ? {} : { recap }),
      ...(typeof run.exit.code === 'number' ? { exitCode: run.exit.code } : {}),
      ...(at === undefined ? {} : { host: at.host }),
      ...(at?.task == null ? {} : { task: at.task }),
    });
  }
  return {
    outputs: Object.assign({}, ...run.outputs.map(({ data }) => data)) as Record<string, unknown>,
    recap,
    tasks: run.events.filter((event) => event.event === 'result').flatMap(summary),
    durationMs: run.durationMs,
    output: run.output,
  };
}

function recapLine(host: string, counts: HostStats): string {
  const { ok, changed, unreachable, failures, skipped, rescued, ignored } = counts;
  return (
    `${host} : ok=${ok} changed=${changed} unreachable=${unreachable} failed=${failures} ` +
    `skipped=${skipped} rescued=${rescued} ignored=${ignored}`
  );
}

function summary({ task, host, status, changed, durationMs }: ResultEvent): TaskSummary[] {
  if (status === 'retry' || status === 'item_failed') return [];
  return [{ task, host, status: status === 'ok' && changed ? 'changed' : status, durationMs }];
}

interface Problem {
  readonly code: PlaybookFault;
  /** Follows the playbook's name. */
  readonly reason: string;
  readonly at?: ResultEvent;
}

/** The first that applies, from what was done to the job to what the job says of itself. */
function findProblem(run: EndedRun, stats: Readonly<Record<string, HostStats>>): Problem | undefined {
  const { exit, events } = run;
  const where = lastTask(events);
  switch (exit.reason) {
    case 'cancelled':
      return { code: 'E_PLAYBOOK_CANCELLED', reason: `was cancelled${where}` };
    case 'timeout':
      return { code: 'E_PLAYBOOK_TIMEOUT', reason: `was killed after its ${run.timeoutMs / 1000} s${where}` };
    case 'orphaned':
    case 'killed':
      return { code: 'E_PLAYBOOK_KILLED', reason: `was killed${where}` };
    case 'unsupervised':
    case 'unstarted':
      return { code: 'E_ANSIBLE', reason: `lost its supervisor: ${oneLine(exit.error ?? 'it was killed')}` };
    case null:
      break;
  }
  if (typeof exit.signal === 'string') {
    return { code: 'E_PLAYBOOK_KILLED', reason: `was ended by ${exit.signal}${where}` };
  }
  const template = events.find((event) => event.event === 'template_error');
  if (template !== undefined) {
    const code = kindOf(template.message) ?? 'E_PLAYBOOK_TEMPLATE';
    return { code, reason: `cannot be rendered: ${template.message}` };
  }
  if (exit.code === 0) {
    if (run.syntaxOnly || Object.keys(stats).length > 0) return undefined;
    const reason = events.some((event) => event.event === 'no_hosts')
      ? 'ran nowhere: its hosts match none of the inventory'
      : 'did nothing: no task ran on any host';
    return { code: 'E_PLAYBOOK_NO_HOSTS', reason };
  }
  return failedTask(events) ?? complaint(run);
}

/** The failure that ended the run: the last, since those before it may have been rescued. */
function failedTask(events: readonly VisibleEvent[]): Problem | undefined {
  const results = events.filter((event) => event.event === 'result');
  const at = results.findLast(
    ({ status, ignored }) => (status === 'failed' || status === 'unreachable') && !ignored,
  );
  if (at === undefined) return undefined;
  const place = `${at.task === null ? 'a task with no_log' : `task «${at.task}»`} on ${at.host}`;
  const item = results.findLast(({ status, taskId }) => status === 'item_failed' && taskId === at.taskId);
  const text = at.noLog ? 'its result is hidden' : message(item ?? at);
  if (at.status === 'unreachable') {
    const hostKey = hostKeyProblem(text);
    if (hostKey !== undefined)
      return { code: 'E_PLAYBOOK_HOST_KEY', reason: `does not trust ${at.host}: ${hostKey}`, at };
    return { code: 'E_PLAYBOOK_UNREACHABLE', reason: `could not reach ${at.host} at ${place}: ${text}`, at };
  }
  const code = kindOf(text) ?? 'E_PLAYBOOK_FAILED';
  return { code, reason: `failed at ${place}: ${text}`, at };
}

function hostKeyProblem(text: string): string | undefined {
  if (text.includes('IDENTIFICATION HAS CHANGED')) {
    return 'its host key, or that of its jump host, is not the one that is known; somebody may be in between';
  }
  return text.includes('Host key verification failed')
    ? 'its host key, or that of its jump host, is not known'
    : undefined;
}

/** Two failures have a kind of their own wherever they come up, since a person mends them elsewhere. */
function kindOf(text: string): PlaybookFault | undefined {
  if (/vault/i.test(text) && /decrypt|secret|password/i.test(text)) return 'E_PLAYBOOK_VAULT';
  return / is undefined\b/.test(text) ? 'E_PLAYBOOK_UNDEFINED' : undefined;
}

function message({ result }: ResultEvent): string {
  const stderr = result.stderr ?? result.module_stderr ?? '';
  const lastLine = typeof stderr === 'string' ? stderr.trim().split('\n').at(-1) : undefined;
  const said = typeof result.msg === 'string' ? result.msg : JSON.stringify(result.msg ?? 'no message');
  // «non-zero return code» alone tells nothing.
  const parts = /^(non-zero return code|MODULE FAILURE|Module result deserialization failed)/.test(said)
    ? [`exit code ${result.rc ?? '?'}`, lastLine ?? '']
    : [said];
  return oneLine(parts.filter((part) => part !== '').join(': '));
}

/** What Ansible printed before any task could run. */
function complaint({ output, exit }: EndedRun): Problem {
  const errors = [...output.matchAll(/^(?:\[ERROR\]:|ERROR!) (.+)$/gm)].map(([, text]) => text ?? '');
  const text = oneLine(errors.at(-1) ?? output.trim().split('\n').at(-1) ?? '');
  if (exit.code === 127) return { code: 'E_ANSIBLE', reason: `cannot be run: ${text}` };
  const code = kindOf(text);
  if (code !== undefined) return { code, reason: `cannot begin: ${text}` };
  return { code: 'E_PLAYBOOK_SYNTAX', reason: `is not a valid playbook: ${text}` };
}

function lastTask(events: readonly VisibleEvent[]): string {
  const task = events.findLast((event) => event.event === 'task');
  if (task === undefined) return '';
  return task.task === null ? ' at a task with no_log' : ` at task «${task.task}»`;
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= 500 ? line : `${line.slice(0, 500)}…`;
}
