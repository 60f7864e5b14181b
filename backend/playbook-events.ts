import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a result says, as far as people read it. Censored where the task has `no_log`. */
export interface TaskResult {
  readonly msg?: unknown;
  readonly rc?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly module_stderr?: string;
  readonly [key: string]: unknown;
}

export interface Task {
  readonly taskId: string;
  /** Null when the task has `no_log`: a name may be a template. */
  readonly task: string | null;
  readonly action: string;
  readonly noLog: boolean;
}

export interface ResultEvent extends Task {
  readonly event: 'result';
  readonly status: 'ok' | 'failed' | 'skipped' | 'unreachable' | 'retry' | 'item_failed';
  readonly host: string;
  readonly durationMs: number;
  readonly changed: boolean;
  /** Failed, and the task says `ignore_errors`. */
  readonly ignored: boolean;
  readonly result: TaskResult;
}

export interface HostStats {
  readonly ok: number;
  readonly changed: number;
  readonly unreachable: number;
  readonly failures: number;
  readonly skipped: number;
  readonly rescued: number;
  readonly ignored: number;
}

/** What happens in a playbook, as our callback plugin writes it (ansible/callback/accord_events.py); notes are ours. */
export type PlaybookEvent = { readonly number: number; readonly time: number } & (
  | { readonly event: 'play'; readonly name: string }
  | ({ readonly event: 'task' } & Task)
  | ResultEvent
  | { readonly event: 'no_hosts' }
  | { readonly event: 'stats'; readonly hosts: Readonly<Record<string, HostStats>> }
  | OutputsEvent
  | HiddenEvent
  | { readonly event: 'template_error'; readonly message: string }
  | { readonly event: 'note'; readonly text: string }
);

/** What people may see while it happens. */
export type VisibleEvent = Exclude<PlaybookEvent, OutputsEvent | HiddenEvent>;

/** The data of `set_stats`, of one host or of the whole run (null). */
export interface OutputsEvent {
  readonly event: 'outputs';
  readonly host: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The name of a task with `no_log`, made of values: Ansible prints it, and nobody else does. */
export interface HiddenEvent {
  readonly event: 'hidden';
  readonly text: string;
}

const POLL_MS = 150;

/**
 * Read the events that are appended to `file`, as they are, until `ended` is aborted and all are read.
 *
 * A file that grows is looked at now and then: there is nothing to wait for that works on every file system. Others may
 * write into it, too: what is no event becomes a note, for the playbook does its work all the same.
 */
export async function* followEvents(file: string, ended: AbortSignal): AsyncGenerator<PlaybookEvent> {
  const handle = await open(file, 'r');
  try {
    let unread = Buffer.alloc(0);
    let line = 0;
    for (;;) {
      // Looked at before the file is read: what was written before the end is then seen.
      const isLast = ended.aborted;
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(65536));
      unread = Buffer.concat([unread, buffer.subarray(0, bytesRead)]);
      for (let end = unread.indexOf(10); end >= 0; end = unread.indexOf(10)) {
        line += 1;
        yield parse(unread.subarray(0, end).toString()) ?? leftOut(line);
        unread = unread.subarray(end + 1);
      }
      if (bytesRead > 0) continue;
      if (isLast) return;
      await sleep(POLL_MS, undefined, { signal: ended }).catch(() => undefined);
    }
  } finally {
    await handle.close();
  }
}

function parse(line: string): PlaybookEvent | undefined {
  try {
    const event: unknown = JSON.parse(line, (_, value: unknown) =>
      typeof value === 'string' ? storable(value) : value,
    );
    return typeof event === 'object' && event !== null && 'event' in event
      ? (event as PlaybookEvent)
      : undefined;
  } catch {
    return undefined;
  }
}

function leftOut(line: number): PlaybookEvent {
  const text = `line ${line} of events.jsonl is left out: it is no event`;
  return { number: line, time: Date.now(), event: 'note', text };
}

/** What a tool prints may be no text at all; what is stored and shown must be. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\uFFFD');
}
