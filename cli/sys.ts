import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { rebuildEntry, type SysBundle } from '../backend/sys-bundle.ts';
import { provideAnsible } from '../platform/ansible.ts';
import { EXIT, UsageError } from './explain.ts';
import { objectNamed, refOf, spell } from './names.ts';
import type { Session } from './session.ts';

export interface SysFlags {
  readonly attempt?: number;
  /** @default `<Model>_<id>` in the current folder */
  readonly to?: string;
  /** The synchronizer's folder on this machine, with its roles. @default the current one */
  readonly folder: string;
}

/** Rebuild what an attempt on an object ran, on this machine, to be repeated by `./run`. */
export async function sys(name: string, flags: SysFlags, session: Session): Promise<number> {
  const { client, terminal } = session;
  const object = await objectNamed(name, await client.models(), client);
  const ref = refOf(object);
  const attempts = (await client.attempts(ref)).filter(({ has_bundle }) => has_bundle);
  const attempt =
    flags.attempt === undefined ? attempts[0] : attempts.find(({ number }) => number === flags.attempt);
  if (attempt === undefined) {
    const kept = attempts.map(({ number }) => number).join(', ');
    throw new UsageError(
      flags.attempt === undefined
        ? `no attempt on ${spell(object)} that is kept has run a playbook`
        : `attempt ${flags.attempt} on ${spell(object)} has run no playbook, or is not kept` +
            (kept === '' ? '' : `; those that have are ${kept}`),
    );
  }
  const { bundle, synchronizer } = await client.attemptBundle(ref, attempt.number);
  const playbooksDir = resolve(flags.folder, 'playbooks');
  if (!(await isThere(playbooksDir))) {
    terminal.note(
      `There is no ${playbooksDir}: roles and files of ${synchronizer} are missing. Name its folder with --folder.`,
    );
  }
  const to = resolve(flags.to ?? `${ref.model}_${ref.id}`);
  if ((await isThere(to)) && !(await isThere(join(to, 'attempt.json'))))
    throw new UsageError(`${to} is there, and is nothing that an attempt ran: name another folder with --to`);
  const ansible = await provideAnsible(terminal.note);
  // What the server sends is what a worker has kept: see backend/sys-bundle.ts.
  await rebuildEntry(bundle as unknown as SysBundle, to, { ansible, playbooksDir });
  terminal.out(to);
  terminal.note(
    `This is what attempt ${attempt.number} on ${spell(object)} ran: ${join(to, 'run')} repeats it, ` +
      'with --check --diff it only shows what it would do.',
  );
  if (JSON.stringify(bundle['variables']).includes('***'))
    terminal.note('Secret values are *** in it: fill them in in variables.json.');
  return EXIT.ok;
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
