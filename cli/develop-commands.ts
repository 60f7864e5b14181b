import type { Command } from 'commander';
import type { Door } from './program.ts';

/** What authors of synchronizers use. */
export function addDevelopCommands(program: Command, { run }: Door): void {
  program
    .command('check')
    .description('check xproto files as one program, and show every fault')
    .argument('<file...>', 'files, or folders that hold them')
    .option('--json', 'counts and diagnostics, for machines', false)
    .action((files: string[], { json }: { json: boolean }) =>
      run(async () => {
        const { check } = await import('./check.ts');
        return check(files, { json });
      }),
    );

  program
    .command('generate')
    .description('write models.gen.ts beside the xproto of each folder')
    .argument('[path...]', 'folders or files; else the current folder')
    .option('--check', 'only say whether they are up to date', false)
    .action((paths: string[], { check }: { check: boolean }) =>
      run(async () => {
        const { generate } = await import('./generate.ts');
        return generate(paths, { check });
      }),
    );

  program
    .command('plan')
    .description('show in what order the objects of a file would be synchronized, without a server')
    .requiredOption('--offline <file>', 'JSON: model_deps, objects with their links, deletion; - for stdin')
    .action(({ offline }: { offline: string }) =>
      run(async () => {
        const { planOffline } = await import('./plan-offline.ts');
        return planOffline(offline);
      }),
    );
}
