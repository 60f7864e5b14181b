import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Attributes } from '../define/index.ts';
import { createDispatcher, type Dispatcher, type Job, type JobExit } from './dispatcher.ts';
import { inventoryText, localInventory, type Inventory } from './inventory.ts';
import { jobEnvironment } from './job-environment.ts';
import { PlaybookError } from './playbook-error.ts';
import { followEvents, type OutputsEvent, type PlaybookEvent } from './playbook-events.ts';
import { runScript } from './run-script.ts';
import { PLAYBOOKS, writeSysEntry } from './sys-dir.ts';
import { asData, type Data } from './variables.ts';
import { judge, type PlaybookResult } from './verdict.ts';

/** Where Ansible is, and who runs its jobs. */
export interface Ansible {
  /** The command `ansible-playbook`. */
  readonly playbook: string;
  /** The interpreter that Ansible is installed for. */
  readonly python: string;
  /** @default one of its own for this run */
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
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Ansible's own check-and-diff mode: nothing is changed, what would be is told. */
  readonly check?: boolean;
  /** Only look whether the playbook is valid. */
  readonly syntaxOnly?: boolean;
  /** The playbook is to remove what it made: it gets `delete: true`. */
  readonly delete?: boolean;
  /** Say which attempt of which worker this is; kept in the folder. */
  readonly attempt?: Readonly<Record<string, string | number>>;
  /** Called with each event soon after it has happened, in order. The data of `set_stats` is not among them. */
  readonly onEvent?: (event: Exclude<PlaybookEvent, OutputsEvent>) => void;
}

const EVENTS = 'events.jsonl';
const RENDER = fileURLToPath(new URL('./ansible/accord/render.py', import.meta.url));
/** Of a longer output, the end is kept. */
const MAX_OUTPUT = 1_000_000;

/**
 * Run a playbook for one object, and leave in `runDir` what was run and what came of it.
 *
 * No process outlives the run: not when it is aborted, times out, or when this process is killed.
 *
 * @throws {PlaybookError} whenever the playbook did not do its work
 */
export async function runPlaybook(request: PlaybookRequest): Promise<PlaybookResult> {
  const { playbook, runDir, timeoutMs, syntaxOnly = false } = request;
  const job = await prepare(request);
  const startedAt = performance.now();
  const ran = await execute(job, request);
  const durationMs = Math.round(performance.now() - startedAt);
  const output = (await readFile(job.stdout, 'utf8')).slice(-MAX_OUTPUT);
  try {
    const result = judge({ playbook, ...ran, output, durationMs, timeoutMs, syntaxOnly });
    await leaveResult(runDir, { status: 'ok', recap: result.recap, durationMs });
    return result;
  } catch (error) {
    if (error instanceof PlaybookError) {
      await leaveResult(runDir, { status: 'failed', code: error.code, message: error.message, durationMs });
    }
    throw error;
  }
}

/** Write all that the run needs into its folder. */
async function prepare(request: PlaybookRequest): Promise<Job> {
  const { ansible, playbook, runDir, timeoutMs } = request;
  const text = await readPlaybook(playbook);
  const variables: Record<string, Data> = asData(request.variables);
  if (request.delete === true) variables['delete'] = true;
  const scratch = join(runDir, 'scratch');
  const inventory =
    request.inventory ?? localInventory(ansible.python, scratch, request.variables['instance_name']);
  const env = jobEnvironment(dirname(playbook));
  const target = join(PLAYBOOKS, basename(playbook));
  const command = [ansible.playbook, '-i', 'inventory.json', '-e', '@variables.json', '-e', '@values.json'];

  await writeSysEntry(runDir, {
    playbook,
    text,
    files: {
      'variables.json': json(variables),
      // What a rendered playbook refers to; see render.py.
      'values.json': json({}),
      'inventory.json': inventoryText(inventory),
      'attempt.json': json({ ...request.attempt, playbook, startedAt: new Date().toISOString() }),
      [EVENTS]: '',
      'output.txt': '',
    },
    run: runScript({ object: basename(runDir), command, playbook: target, env }),
  });
  await mkdir(scratch, { mode: 0o700 });

  // Whether what may be a template is one is for Python to say: it is the judge of what Ansible takes for YAML.
  const rendering = text.includes('{%')
    ? [ansible.python, RENDER, target, 'variables.json', 'values.json', '--']
    : [];
  const modes = [
    ...(request.check === true ? ['--check', '--diff'] : []),
    ...(request.syntaxOnly === true ? ['--syntax-check'] : []),
  ];
  return {
    argv: [...rendering, ...command, ...modes, target],
    cwd: runDir,
    env: { ...env, ANSIBLE_LOCAL_TEMP: scratch, ACCORD_EVENTS: join(runDir, EVENTS) },
    stdout: join(runDir, 'output.txt'),
    timeoutSeconds: timeoutMs / 1000,
    scratch,
  };
}

interface Ran {
  readonly exit: JobExit;
  readonly events: readonly PlaybookEvent[];
  readonly outputs: readonly OutputsEvent[];
}

async function execute(job: Job, { ansible, runDir, signal, onEvent }: PlaybookRequest): Promise<Ran> {
  const dispatcher = ansible.dispatcher ?? createDispatcher(ansible.python);
  const ended = new AbortController();
  const givenUp = new AbortController();
  const events: Exclude<PlaybookEvent, OutputsEvent>[] = [];
  const outputs: OutputsEvent[] = [];
  const follow = async (): Promise<void> => {
    for await (const event of followEvents(join(runDir, EVENTS), ended.signal)) {
      if (event.event === 'outputs') outputs.push(event);
      else {
        events.push(event);
        onEvent?.(event);
      }
    }
  };
  try {
    const followed = follow();
    // A fault of the follower must not leave the job running.
    followed.catch((error: unknown) => givenUp.abort(error));
    const exit = await dispatcher
      .run(job, AbortSignal.any([signal, givenUp.signal]))
      .finally(() => ended.abort());
    await followed;
    return { exit, events, outputs };
  } finally {
    if (ansible.dispatcher === undefined) await dispatcher.stop();
  }
}

async function readPlaybook(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const message = `playbook ${basename(file)} cannot be read from ${dirname(file)}`;
    throw new PlaybookError('E_PLAYBOOK_MISSING', message, { cause });
  }
}

async function leaveResult(runDir: string, result: Record<string, unknown>): Promise<void> {
  await writeFile(join(runDir, 'result.json'), json({ ...result, endedAt: new Date().toISOString() }), {
    mode: 0o600,
  });
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
