import type { Attributes } from '../define/index.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Inventory } from './inventory.ts';
import type { VisibleEvent } from './playbook-events.ts';
import type { SshTarget } from './ssh-target.ts';

/** Where Ansible is, and who runs its jobs. */
export interface Ansible {
  /** The command `ansible-playbook`. */
  readonly playbook: string;
  /** The interpreter that Ansible is installed for. */
  readonly python: string;
  /** @default a cold one of its own for this run */
  readonly dispatcher?: Dispatcher;
}

export interface PlaybookRequest {
  readonly ansible: Ansible;
  /** The author's file. */
  readonly playbook: string;
  /** What the playbook may refer to. Values are data: they are never evaluated. */
  readonly variables: Attributes;
  /** The folder to run in, replaced before the run: the entry of the object in sys_dir. */
  readonly runDir: string;
  /** @default this machine, under the name that the variable `instance_name` gives, else `localhost` */
  readonly inventory?: Inventory;
  /** The Instance to run on, over ssh, in place of an inventory. Its name is given to the playbook as `instance_name`. */
  readonly target?: SshTarget;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Ansible's own check-and-diff mode: nothing is changed, what would be is told. */
  readonly check?: boolean;
  /** Only look whether the playbook is valid. */
  readonly syntaxOnly?: boolean;
  /** The playbook is to remove what another made: it gets `delete: true`. */
  readonly delete?: boolean;
  /** The playbook that would delete the object, for `./run --delete`. */
  readonly deletion?: string;
  /** Say which attempt of which worker this is; kept in the folder. */
  readonly attempt?: Readonly<Record<string, string | number>>;
  /** Called when the folder is there, before anything runs. */
  readonly onWritten?: () => Promise<void>;
  /** Called with each event soon after it has happened, in order. The data of `set_stats` is not among them. */
  readonly onEvent?: (event: VisibleEvent) => void;
  /** Called when the run has ended, however, with keys of the target that were believed on first use. */
  readonly onHostKeys?: (keys: readonly string[]) => Promise<void>;
}
