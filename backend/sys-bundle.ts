import { readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Attributes } from '../define/index.ts';
import type { Inventory } from './inventory.ts';
import { jobEnvironment } from './job-environment.ts';
import { writeEntry, type EntryRequest } from './playbook-job.ts';
import type { SshHost, SshTarget } from './ssh-target.ts';
import { TEMPLATES } from './sys-dir.ts';

/** What an attempt ran, as JSON without secret values: kept with the attempt, and rebuilt on any machine. */
export interface SysBundle {
  /** File names within the playbooks' folder. */
  readonly playbook: string;
  readonly deletion?: string;
  /** The playbooks as they were then, by name. */
  readonly texts: Readonly<Record<string, string>>;
  readonly variables: Attributes;
  readonly inventory?: Inventory;
  /** Without its keys. */
  readonly target?: SshTarget;
  readonly delete?: boolean;
  readonly attempt?: Readonly<Record<string, string | number>>;
}

/** Say what a request ran, from its folder. Its values are as they were: mask them before it is kept. */
export async function bundleOf(request: EntryRequest): Promise<SysBundle> {
  const { playbook, deletion, runDir, variables, inventory, target, attempt } = request;
  const folder = join(runDir, TEMPLATES);
  const texts: Record<string, string> = {};
  for (const name of await readdir(folder)) texts[name] = await readFile(join(folder, name), 'utf8');
  return {
    playbook: basename(playbook),
    ...(deletion === undefined ? {} : { deletion: basename(deletion) }),
    texts,
    variables,
    ...(inventory === undefined ? {} : { inventory }),
    ...(target === undefined ? {} : { target: withoutKeys(target) }),
    ...(request.delete === undefined ? {} : { delete: request.delete }),
    ...(attempt === undefined ? {} : { attempt }),
  };
}

/**
 * Write the folder of an attempt anew, on this machine, for `./run`.
 *
 * Secret values stay masked: fill them in where they matter.
 *
 * @param to the folder; replaced when it is there
 */
export async function rebuildEntry(
  bundle: SysBundle,
  to: string,
  { ansible, playbooksDir }: { readonly ansible: EntryRequest['ansible']; readonly playbooksDir: string },
): Promise<void> {
  const { playbook, deletion, texts, ...rest } = bundle;
  const request: EntryRequest = {
    ...rest,
    ansible,
    playbook: join(playbooksDir, playbook),
    ...(deletion === undefined ? {} : { deletion: join(playbooksDir, deletion) }),
    runDir: resolve(to),
  };
  const placed = Object.entries(texts).map(([name, text]) => [join(playbooksDir, name), text] as const);
  await writeEntry(request, jobEnvironment(playbooksDir), new Map(placed));
}

function withoutKeys({ jump, ...target }: SshTarget): SshTarget {
  return { ...withoutKey(target), ...(jump === undefined ? {} : { jump: withoutKey(jump) }) };
}

function withoutKey<T extends SshHost>(host: T): T {
  const copy: T & { key?: unknown } = { ...host };
  delete copy.key;
  return copy;
}
