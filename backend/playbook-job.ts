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
export const OUTPUT = 'output.txt';

/** Write all that a run needs into its folder, from where it can be repeated by hand. */
export async function preparePlaybook(
  request: PlaybookRequest,
  environment: Readonly<Record<string, string>>,
): Promise<Job> {
  const { ansible, playbook, runDir, timeoutMs } = request;
  const sources = [...new Set([playbook, request.deletion ?? playbook])];
  const texts = new Map(
    await Promise.all(sources.map(async (file) => [file, await readPlaybook(file)] as const)),
  );
  const playOf = (file: string, deletes: boolean): Play => ({
    playbook: join(PLAYBOOKS, basename(file)),
    variables: deletes ? ['variables.json', 'delete.json'] : ['variables.json'],
    // Whether what may be a template is one is for Python to say: it is the judge of what Ansible takes for YAML.
    template: texts.get(file)?.includes('{%') === true ? join(TEMPLATES, basename(file)) : undefined,
  });
  const play = playOf(playbook, request.delete === true);
  const scratch = join(runDir, 'scratch');
  const { target } = request;
  const variables =
    target === undefined ? request.variables : { ...request.variables, instance_name: target.name };

  await writeSysEntry(runDir, {
    texts,
    files: {
      'variables.json': json(asData(variables)),
      'delete.json': json({ delete: true }),
      // What a rendered playbook refers to; see render.py.
      'values.json': json({}),
      'inventory.json': inventoryText(inventoryOf(request, scratch)),
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
      deletion: request.deletion === undefined ? undefined : playOf(request.deletion, true),
    }),
  });
  await mkdir(scratch, { mode: 0o700 });
  if (target !== undefined) await placeKeys(target, runDir);

  return {
    ...commandOf(ansible.playbook, play, modesOf(request)),
    cwd: runDir,
    env: { ...environment, ANSIBLE_LOCAL_TEMP: scratch, ACCORD_EVENTS: join(runDir, EVENTS) },
    stdout: join(runDir, OUTPUT),
    timeoutSeconds: timeoutMs / 1000,
    scratch,
  };
}

function inventoryOf(
  { ansible, inventory, target, runDir, variables }: PlaybookRequest,
  scratch: string,
): Inventory {
  if (target !== undefined) return sshInventory(target, runDir);
  return inventory ?? localInventory(ansible.python, scratch, variables['instance_name']);
}

function modesOf({ ansible, check, syntaxOnly }: PlaybookRequest): string[] {
  return [
    ...(check === true ? ['--check', '--diff'] : []),
    ...(syntaxOnly === true ? ['--syntax-check'] : []),
    ...(ansible.forks === undefined ? [] : ['--forks', String(ansible.forks)]),
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
