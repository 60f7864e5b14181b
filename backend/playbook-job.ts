import { mkdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Job } from './dispatcher.ts';
import { inventoryText, localInventory, type Inventory } from './inventory.ts';
import { PlaybookError } from './playbook-error.ts';
import type { PlaybookRequest } from './playbook-request.ts';
import { commandOf, runScript, type Play } from './run-script.ts';
import { placeKeys, sshFiles, sshInventory } from './ssh-files.ts';
import { PLAYBOOKS, TEMPLATES, writeSysEntry } from './sys-dir.ts';
import { asData } from './variables.ts';

/** Files of an entry that are written while a job runs. */
export const EVENTS = 'events.jsonl';
const OUTPUT = 'output.txt';

/** What a folder is written from: a request, but for what only a run needs. */
export type EntryRequest = Omit<
  PlaybookRequest,
  'signal' | 'timeoutMs' | 'onWritten' | 'onEvent' | 'onHostKeys'
>;

/** Write all that a run needs into its folder, and say what the run is. */
export async function preparePlaybook(
  request: PlaybookRequest,
  environment: Readonly<Record<string, string>>,
): Promise<Job> {
  const { ansible, playbook, deletion = playbook, runDir, target } = request;
  const texts = new Map<string, string>();
  for (const file of [playbook, deletion]) texts.set(file, await readPlaybook(file));
  const play = await writeEntry(request, environment, texts);
  const scratch = scratchOf(runDir);
  await mkdir(scratch, { mode: 0o700 });
  if (target !== undefined) await placeKeys(target, runDir);
  return {
    ...commandOf(ansible.playbook, play, modesOf(request)),
    cwd: runDir,
    env: { ...environment, ANSIBLE_LOCAL_TEMP: scratch, ACCORD_EVENTS: join(runDir, EVENTS) },
    stdout: join(runDir, OUTPUT),
    timeoutSeconds: request.timeoutMs / 1000,
    scratch,
  };
}

/** Write the folder of a run, from where it can be repeated by hand. Returns what `./run` there does. */
export async function writeEntry(
  request: EntryRequest,
  environment: Readonly<Record<string, string>>,
  texts: ReadonlyMap<string, string>,
): Promise<Play> {
  const { ansible, playbook, deletion, runDir, target } = request;
  const playOf = (file: string, deletes: boolean): Play => ({
    playbook: join(PLAYBOOKS, basename(file)),
    variables: deletes ? ['variables.json', 'delete.json'] : ['variables.json'],
    // Whether what may be a template is one is for Python to say: it is the judge of what Ansible takes for YAML.
    template: texts.get(file)?.includes('{%') === true ? join(TEMPLATES, basename(file)) : undefined,
  });
  const play = playOf(playbook, request.delete === true);
  const variables =
    target === undefined ? request.variables : { ...request.variables, instance_name: target.name };
  await writeSysEntry(runDir, {
    texts,
    files: {
      'variables.json': json(asData(variables)),
      'delete.json': json({ delete: true }),
      // What a rendered playbook refers to; see render.py.
      'values.json': json({}),
      'inventory.json': inventoryText(inventoryOf(request)),
      'attempt.json': json({ ...request.attempt, playbook, startedAt: new Date().toISOString() }),
      ...(target === undefined ? {} : sshFiles(target, runDir)),
      [EVENTS]: '',
      [OUTPUT]: '',
    },
    run: runScript({
      object: basename(runDir),
      ansible,
      environment,
      play,
      deletion: deletion === undefined ? undefined : playOf(deletion, true),
    }),
  });
  return play;
}

/** Removed when the run has ended: temporary files, and keys. */
export function scratchOf(runDir: string): string {
  return join(runDir, 'scratch');
}

function inventoryOf({ ansible, inventory, target, runDir, variables }: EntryRequest): Inventory {
  if (target !== undefined) return sshInventory(target, runDir);
  return inventory ?? localInventory(ansible.python, scratchOf(runDir), variables['instance_name']);
}

function modesOf({ check, syntaxOnly }: PlaybookRequest): string[] {
  return [
    ...(check === true ? ['--check', '--diff'] : []),
    ...(syntaxOnly === true ? ['--syntax-check'] : []),
  ];
}

async function readPlaybook(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const message = `playbook ${basename(file)} cannot be read from ${dirname(file)}`;
    throw new PlaybookError('E_PLAYBOOK_MISSING', message, { cause });
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
