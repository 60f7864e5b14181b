import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { planPlaybooks, type Foreseen } from '../activities/index.ts';
import { createDispatcher } from '../backend/dispatcher.ts';
import type { PlanOptions } from '../client/operate.ts';
import type { ApiModel } from '../client/wire.ts';
import { databaseUrlOf, readConfig } from '../config.ts';
import { createLog } from '../log.ts';
import { provideAnsible } from '../platform/ansible.ts';
import { wishesIn } from '../server/apply.ts';
import { createStore } from '../store/store.ts';
import { loadFolder } from '../worker/load-folder.ts';
import { UsageError } from './explain.ts';
import { printable, printableLines } from './table.ts';
import type { Terminal } from './terminal.ts';

/** What would be run for an object. */
export interface ShownPlaybook {
  readonly object: string;
  /** The place of the wish that it is for. */
  readonly item: number | null;
  readonly playbook: string | null;
  /** Without secrets. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly fault: string | null;
  /** Absent: Ansible was not asked. */
  readonly check?: Foreseen;
}

interface Where {
  readonly folder?: string;
  readonly check: boolean;
}

/**
 * Plan the playbooks of the synchronizer in a folder, by its own code. That reads the database itself, as workers do.
 *
 * @returns nothing where there is no synchronizer, unless one was asked for
 * @throws {UsageError | ConfigError | SynchronizerError}
 */
export async function planPlaybooksIn(
  { folder: named, check }: Where,
  changes: Required<PlanOptions> & { readonly models: readonly ApiModel[] },
  terminal: Terminal,
): Promise<ShownPlaybook[]> {
  const folder = named ?? '.';
  const isAsked = named !== undefined || check;
  const isThere = await access(join(folder, 'accord.yaml')).then(
    () => true,
    () => false,
  );
  const config = readConfig();
  if (!isAsked && (!isThere || config.databaseUrl === undefined)) return [];
  if (!isThere)
    throw new UsageError(
      `there is no accord.yaml in ${folder}: name the synchronizer's folder with --folder, whose playbooks are to be shown`,
    );
  const databaseUrl = databaseUrlOf(config);
  const { settings, synchronizer } = await loadFolder(folder);
  const found = check ? await provideAnsible(terminal.note) : undefined;
  const dispatcher =
    found &&
    createDispatcher({
      ansible: found,
      playbooksDir: join(synchronizer.folder, 'playbooks'),
      mode: settings.ansible.dispatcher ?? 'warm',
      ...(settings.ansible.forks === undefined ? {} : { places: settings.ansible.forks }),
    });
  const store = createStore({ databaseUrl, connections: 2 });
  try {
    const setup = {
      store,
      folder: synchronizer.folder,
      steps: synchronizer.steps,
      proxySsh: settings.proxySsh,
      log: createLog({ level: 'silent' }),
      // Where nothing is run, it does not matter where that would be.
      ansible: found === undefined ? NOWHERE : { ...found, ...(dispatcher && { dispatcher }) },
    };
    const wishes = wishesIn([...changes.items], await store.models());
    const isChange = wishes.length > 0 || changes.delete.length > 0;
    const set = { wishes, removals: changes.delete, cascade: changes.cascade };
    const { signal } = new AbortController();
    const planned = await planPlaybooks(setup, isChange ? set : undefined, signal);
    if (check) terminal.note(`Asking Ansible about ${planned.length} playbooks …`);
    return await Promise.all(
      planned.map(async ({ planned: { model, id, item, isNew }, playbook: { check: ask, ...playbook } }) => ({
        object: `${model}/${id}`,
        item: isNew ? item : null,
        ...playbook,
        ...(check ? { check: await ask(signal) } : {}),
      })),
    );
  } finally {
    await dispatcher?.stop();
    await store.close();
  }
}

const NOWHERE = { playbook: 'ansible-playbook', python: 'python3' };

/** What is shown of it, in lines. */
export function playbookLines(shown: ShownPlaybook | undefined, { colors }: Terminal): string[] {
  if (shown === undefined) return [];
  const { playbook, variables, fault, check } = shown;
  if (fault !== null) return [colors.yellow(printable(`its playbook cannot be told: ${fault}`))];
  if (playbook === null) return ['its attributes say that there is nothing to run'];
  return [
    `playbook ${playbook}${check === undefined ? '' : `: ${foreseenText(check)}`}`,
    ...Object.entries(variables).map(([name, value]) =>
      colors.dim(`  ${printable(`${name}: ${JSON.stringify(value)}`)}`),
    ),
    ...(check === undefined || check.output === ''
      ? []
      : printableLines(check.output)
          .split('\n')
          .map((line) => `  | ${line}`)),
  ].map((line) => line.trimEnd());
}

function foreseenText({ fault, tasks }: Foreseen): string {
  if (fault !== null) return printable(`it cannot be foreseen: ${fault}`);
  const changed = tasks.filter(({ status }) => status === 'changed').length;
  return `${changed} ${changed === 1 ? 'task' : 'tasks'} of ${tasks.length} would change something`;
}
