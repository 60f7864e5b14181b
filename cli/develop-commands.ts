import type { Command } from 'commander';
import type { Door } from './program.ts';

/** What authors of synchronizers use. */
export function addDevelopCommands(program: Command, { run, terminal }: Door): void {
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
    .description(
      'write what belongs beside the xproto of each folder: types, JSON Schema, stubs of new models',
    )
    .argument('[path...]', 'folders or files; else the current folder')
    .option('--check', 'write nothing; exit code 1 when something is missing or stale', false)
    .option('--dry-run', 'write nothing; print what would change', false)
    .action((paths: string[], options: { check: boolean; dryRun: boolean }) =>
      run(async () => {
        const { generate } = await import('./generate.ts');
        return generate(paths, options, terminal);
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
