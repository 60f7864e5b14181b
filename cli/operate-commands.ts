import { InvalidArgumentError, Option, type Command } from 'commander';
import type { GetFlags } from './get.ts';
import type { EventFlags } from './events.ts';
import { EXIT } from './explain.ts';
import type { LogFlags } from './logs.ts';
import type { PauseFlags } from './pause.ts';
import type { PlanFlags } from './plan.ts';
import type { Door } from './program.ts';
import { FORMATS, type Format } from './render.ts';
import { parseSpan } from './spans.ts';
import type { SysFlags } from './sys.ts';
import type { Goal } from './wait.ts';

/** What operators do with objects. Everywhere an object is `Model/id`, or `Model/name`. */
export function addOperateCommands(program: Command, { ask, run, terminal }: Door): void {
  program
    .command('get')
    .description('list the objects of a model, or show some objects; alone: the models')
    .argument('[what...]', 'Model, Model/id or Model/name')
    .option(
      '--state <states>',
      'only in these states, as in error,blocked,waiting; without a Model, of all models',
    )
    .option('--sort <field>', 'by this field; -field for the other way round')
    .option('-w, --watch', 'go on, and show what changes, until Ctrl-C', false)
    .addOption(format('table'))
    .action((names: string[], flags: GetFlags) =>
      ask(async (session) => (await import('./get.ts')).get(names, flags, session)),
    );

  program
    .command('create')
    .description('create an object')
    .argument('<model>')
    .argument('[field=value...]', ASSIGNMENTS)
    .addOption(format())
    .action((model: string, assignments: string[], options: { output?: Format }) =>
      ask(async (session) => (await import('./write.ts')).create(model, assignments, options, session)),
    );

  program
    .command('update')
    .description('change fields of an object; the others stay')
    .argument('<object>', 'Model/id or Model/name')
    .argument('<field=value...>', ASSIGNMENTS)
    .option('--if-version <number>', 'only if this is still its version', version)
    .addOption(format())
    .action((object: string, assignments: string[], options: { output?: Format; ifVersion?: number }) =>
      ask(async (session) => (await import('./write.ts')).update(object, assignments, options, session)),
    );

  program
    .command('apply')
    .description('create or change objects as files want them, in one transaction; twice changes nothing')
    .requiredOption('-f, --file <file...>', 'YAML or JSON, many documents; - for stdin')
    .addOption(new Option('--dry-run', 'only say what would be done').default(false).conflicts('wait'))
    .option('--wait', 'until all of it is synced', false)
    .option('--timeout <span>', 'the time that --wait has', '5m')
    .action(
      ({ file, timeout, ...how }: { file: string[]; dryRun: boolean; wait: boolean; timeout: string }) =>
        ask(async (session) => {
          const { apply } = await import('./apply.ts');
          return apply(file, { ...how, timeoutMs: parseSpan(timeout) }, session);
        }),
    );

  program
    .command('plan')
    .description(
      'show what would be done, and in which order, were this changed; alone: what is to be done now (exit code 1: something)',
    )
    .option('-f, --file <file...>', 'change objects as `accord apply` would; - for stdin')
    .option('--delete <object...>', 'delete these: Model/id or Model/name')
    .option('--cascade', 'also delete what depends on them', false)
    .option('--check', 'ask Ansible what the playbooks would change (DATABASE_URL)', false)
    .option(
      '--folder <dir>',
      'of the synchronizer whose playbooks are shown, with their variables; else the current one, where DATABASE_URL is given',
    )
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addOption(
      new Option(
        '--offline <file>',
        'plan the objects of this file alone, without a server: JSON with model_deps, objects with their links, deletion',
      ).conflicts(['file', 'delete', 'cascade', 'check', 'folder', 'output']),
    )
    .action(({ offline, ...flags }: PlanFlags & { offline?: string }) =>
      offline === undefined
        ? ask(async (session) => (await import('./plan.ts')).plan(flags, session), EXIT.usage)
        : run(async () => (await import('./plan-offline.ts')).planOffline(offline)),
    );

  program
    .command('delete')
    .description('mark objects for deletion; they are gone when the back end has confirmed it')
    .argument('<object...>', 'Model/id or Model/name')
    .option('--cascade', 'also delete what depends on them', false)
    .option('--orphan', 'give up on what the back end may have of them, and remove them at once', false)
    .option('--wait', 'until they are gone', false)
    .option('--timeout <span>', 'the time that --wait has', '60s')
    .action(
      (
        objects: string[],
        { timeout, ...how }: { cascade: boolean; orphan: boolean; wait: boolean; timeout: string },
      ) =>
        ask(async (session) => {
          const { remove } = await import('./delete.ts');
          return remove(objects, { ...how, timeoutMs: parseSpan(timeout) }, session);
        }),
    );

  program
    .command('sync')
    .description('synchronize objects again, at once, whatever they wait for')
    .argument('<object...>', 'Model/id or Model/name')
    .option('--pretend', 'do all but touch the back end, and only pretend them from now on', false)
    .option('--wait', 'until they are synced', false)
    .option('--timeout <span>', 'the time that --wait has', '60s')
    .action((objects: string[], flags: { pretend: boolean; wait: boolean; timeout: string }) =>
      ask(async (session) => {
        const { sync } = await import('./sync.ts');
        const { timeout, ...how } = flags;
        return sync(objects, { ...how, timeoutMs: parseSpan(timeout) }, session);
      }),
    );

  program
    .command('why')
    .description('say why an object is as it is: what it waits for, the root cause, and what one can do')
    .argument('<object>', 'Model/id or Model/name')
    .addOption(
      new Option('-o, --output <format>', 'how to print').choices(['text', 'json', 'yaml']).default('text'),
    )
    .action((object: string, options: { output: 'text' | 'json' | 'yaml' }) =>
      ask(async (session) => (await import('./why.ts')).why(object, options, session)),
    );

  program
    .command('describe')
    .description('show an object on one page: goal, what is, dependencies, dependents and events')
    .argument('<object...>', 'Model/id or Model/name')
    .action((objects: string[]) =>
      ask(async (session) => (await import('./describe.ts')).describe(objects, session)),
    );

  program
    .command('status')
    .description('show the fleet at a glance: objects by state, what has failed and why, synchronizers')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text'))
    .action((options: { output: 'text' | 'json' }) =>
      ask(async (session) => (await import('./status.ts')).status(options, session)),
    );

  program
    .command('events')
    .description('show what has happened, to all objects or to some')
    .argument('[object...]', 'Model/id or Model/name')
    .option('-f, --follow', 'go on as it happens, until Ctrl-C', false)
    .option('--tail <number>', 'only the last so many', version, 20)
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text'))
    .action((objects: string[], options: EventFlags) =>
      ask(async (session) => (await import('./events.ts')).events(objects, options, session)),
    );

  program
    .command('logs')
    .description('show what was done in the last attempt on an object, or in another')
    .argument('<object>', 'Model/id or Model/name')
    .option('--attempt <number>', 'that of this number; the last twenty are kept', version)
    .option('-f, --follow', 'as it happens, and those that come after it, until Ctrl-C', false)
    .option('--raw', 'what its playbook printed, and nothing else', false)
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text'))
    .action((object: string, options: LogFlags) =>
      ask(async (session) => (await import('./logs.ts')).logs(object, options, session)),
    );

  program
    .command('sys')
    .description('rebuild what an attempt ran in a folder, with ./run that repeats it')
    .argument('<object>', 'Model/id or Model/name')
    .option('--attempt <number>', 'that of this number; else the last that ran a playbook', version)
    .option('--to <dir>', 'the folder; replaced when it is there (Model_id)')
    .option('--folder <dir>', 'of the synchronizer, with its roles', '.')
    .action((object: string, options: SysFlags) =>
      ask(async (session) => (await import('./sys.ts')).sys(object, options, session)),
    );

  program
    .command('pause')
    .description('hold objects back: what runs is stopped, nothing begins; alone: what is paused')
    .argument('[what...]', 'Model/id, Model/name, or Model for all of it')
    .option('--synchronizer <name>', 'all objects of this synchronizer')
    .option('--reason <text>', 'why, for those who come across it', '')
    .option('--until <when>', 'a span (2h) or a time (2030-01-31T18:00); else until somebody resumes')
    .action((names: string[], options: PauseFlags) =>
      ask(async (session) => (await import('./pause.ts')).pause(names, options, session)),
    );

  program
    .command('resume')
    .description('end a pause; what it held back goes on')
    .argument('[what...]', 'Model/id, Model/name, or Model')
    .option('--synchronizer <name>', 'a synchronizer')
    .action((names: string[], options: { synchronizer?: string }) =>
      ask(async (session) => (await import('./pause.ts')).resume(names, options, session)),
    );

  const watchers = program
    .command('watchers')
    .description('show how watchers keep up, and deliver again what they have failed on for good');
  watchers
    .command('list', { isDefault: true })
    .description('list the watchers, and the events that were given up')
    .action(() => ask(async (session) => (await import('./watchers.ts')).list(session)));
  watchers
    .command('retry')
    .description('deliver again what was given up; after what has been delivered meanwhile')
    .argument('<name...>', 'of watchers, as `accord watchers` has them')
    .action((names: string[]) =>
      ask(async (session) => (await import('./watchers.ts')).retry(names, session)),
    );

  const token = program
    .command('token')
    .description('make, list and revoke tokens, in the database (DATABASE_URL) itself');
  token
    .command('create')
    .description('make a token, and print it: it is not shown again')
    .argument('<name>', 'who is to use it; the audit trail names it')
    .option('--scope <scopes>', 'read, write (objects), operate (sync, pause, raw output), admin', 'read')
    .option('--expires <span>', 'how long it lasts', '90d')
    .action((name: string, options: { scope: string; expires: string }) =>
      run(async () => (await import('./token.ts')).create(name, options, terminal)),
    );
  token
    .command('list')
    .description('list the tokens, without their texts')
    .action(() => run(async () => (await import('./token.ts')).list(terminal)));
  token
    .command('revoke')
    .description('end a token, at once and on every server')
    .argument('<name>')
    .action((name: string) => run(async () => (await import('./token.ts')).revoke(name, terminal)));

  program
    .command('ui')
    .description('print the address of the web page, and open it')
    .argument('[object]', 'Model/id or Model/name')
    .option('--no-open', 'print it only')
    .action((object: string | undefined, options: { open: boolean }) =>
      ask(async (session) => (await import('./ui.ts')).ui(object, options, session)),
    );

  program
    .command('wait')
    .description('wait until objects are synced, or gone; exit code 1 when they are not in time')
    .argument('<what...>', 'Model/id, Model/name, or Model for all of it')
    .addOption(new Option('--for <goal>').choices(['synced', 'deleted', 'pretended']).default('synced'))
    .option('--timeout <span>', 'as in 60s, 2m', '60s')
    .action((names: string[], options: { for: Goal; timeout: string }) =>
      ask(async (session) => {
        const { wait } = await import('./wait.ts');
        return wait(names, { goal: options.for, timeoutMs: parseSpan(options.timeout) }, session);
      }),
    );
}

const ASSIGNMENTS =
  'text or numbers as field=value, JSON as field:=json, links as owner=Model/id or owner=Model/name';

function format(fallback?: Format): Option {
  const option = new Option('-o, --output <format>', 'how to print').choices(FORMATS);
  return fallback === undefined ? option : option.default(fallback);
}

function version(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}
