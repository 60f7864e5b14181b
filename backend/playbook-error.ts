/** Why a playbook did not do its work. Stable: shown to people, counted by machines. */
export type PlaybookFault =
  | 'E_PLAYBOOK_FAILED'
  | 'E_PLAYBOOK_UNREACHABLE'
  | 'E_PLAYBOOK_HOST_KEY'
  | 'E_PLAYBOOK_NO_HOSTS'
  | 'E_PLAYBOOK_UNDEFINED'
  | 'E_PLAYBOOK_SYNTAX'
  | 'E_PLAYBOOK_TEMPLATE'
  | 'E_PLAYBOOK_MISSING'
  | 'E_PLAYBOOK_VAULT'
  | 'E_PLAYBOOK_VARIABLES'
  | 'E_PLAYBOOK_INVENTORY'
  | 'E_PLAYBOOK_TIMEOUT'
  | 'E_PLAYBOOK_CANCELLED'
  | 'E_PLAYBOOK_KILLED'
  | 'E_ANSIBLE';

export interface PlaybookErrorDetails {
  /** Everything that Ansible printed. Counts as secret: `no_log` does not cover it all. */
  readonly output?: string;
  readonly recap?: string;
  readonly host?: string;
  /** Absent when `no_log` hides it. */
  readonly task?: string;
  readonly exitCode?: number;
  readonly durationMs?: number;
  readonly cause?: unknown;
}

/** A playbook did not do its work. `message` is one sentence: the playbook, the task, the host, the reason. */
export class PlaybookError extends Error {
  override readonly name = 'PlaybookError';
  readonly code: PlaybookFault;
  readonly shortMessage: string;
  readonly output: string;
  readonly recap: string | undefined;
  readonly host: string | undefined;
  readonly task: string | undefined;
  readonly exitCode: number | undefined;
  readonly durationMs: number | undefined;

  constructor(code: PlaybookFault, shortMessage: string, details: PlaybookErrorDetails = {}) {
    super(shortMessage, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.shortMessage = shortMessage;
    this.output = details.output ?? '';
    this.recap = details.recap;
    this.host = details.host;
    this.task = details.task;
    this.exitCode = details.exitCode;
    this.durationMs = details.durationMs;
  }
}
