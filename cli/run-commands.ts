import type { Command } from 'commander';
import { UsageError } from './explain.ts';
import type { Door } from './program.ts';
import { parseSpan } from './spans.ts';

interface DemoFlags {
  readonly once: boolean;
  readonly json: boolean;
  readonly keep: boolean;
  readonly timeout: string;
}

/** Processes: what an installation consists of, and what brings it up. */
export function addRunCommands(program: Command, { run }: Door): void {
  program
    .command('demo')
    .description('bring up everything, with the example synchronizer, and show it at work')
    .option('--once', 'end when everything is synced; exit code 1 if it is not in time', false)
    .option('--json', 'print the final table for machines', false)
    .option('--keep', 'keep what the demo before this one stored', false)
    .option('--timeout <span>', 'the time that --once waits', '5m')
    .action(({ once, json, keep, timeout }: DemoFlags) =>
      run(async () => {
        const { runDemo } = await import('./demo.ts');
        return runDemo({ once, json, keep, timeoutMs: parseSpan(timeout) });
      }),
    );

  program
    .command('up')
    .description(
      'bring up what is missing (Postgres, Temporal), the server, and a worker for each synchronizer',
    )
    .argument('<dir...>', 'folders of synchronizers')
    .action((dirs: string[]) =>
      run(async () => {
        const { runUp } = await import('./up.ts');
        return runUp(dirs);
      }),
    );

  program
    .command('server')
    .description(
      'run the server: the REST API, and the relay to Temporal (DATABASE_URL, TEMPORAL_ADDRESS, ACCORD_BIND)',
    )
    .action(() =>
      run(async () => {
        const { server } = await import('./server.ts');
        return server();
      }),
    );

  program
    .command('worker')
    .description('run a worker for one synchronizer (DATABASE_URL, TEMPORAL_ADDRESS)')
    .argument('<dir>', 'the folder of the synchronizer')
    .action((dir: string) =>
      run(async () => {
        const { runWorkerCommand } = await import('./worker.ts');
        return runWorkerCommand(dir);
      }),
    );

  program
    .command('doctor')
    .description('say what was found where, and what is missing with what fixes it')
    .option('--json', 'for machines', false)
    .option('--repair', 'go on with a database that was restored from a backup', false)
    .action((options: { json: boolean; repair: boolean }) =>
      run(async () => {
        const { doctor } = await import('./doctor.ts');
        return doctor(options);
      }),
    );

  program
    .command('migrate')
    .description('say what the models of a synchronizer would change in what is stored (DATABASE_URL)')
    .argument('[dir]', 'the folder of the synchronizer', '.')
    .option('--plan', 'change nothing (the default)', false)
    .option(
      '--accept',
      'register them: let go of what they do not allow, or go back to an older version',
      false,
    )
    .option('--remove <name>', 'remove this synchronizer, which has no objects any more')
    .addHelpText(
      'after',
      '\nWorkers register their models themselves, as long as nothing that is stored is lost.',
    )
    .action((dir: string, flags: { plan: boolean; accept: boolean; remove?: string }) =>
      run(async () => {
        const { migrate, removeSynchronizer } = await import('./migrate.ts');
        if (flags.plan && flags.accept) throw new UsageError('--plan and --accept exclude each other');
        if (flags.remove !== undefined) return removeSynchronizer(flags.remove);
        return migrate(dir, { accept: flags.accept });
      }),
    );
}
