import { Option, type Command } from 'commander';
import { UsageError } from './explain.ts';
import type { TargetOptions } from './generate-target.ts';
import type { Drawing } from './graph.ts';
import type { Door } from './program.ts';

// Said here, and not where they are acted on: what does the work is loaded when it is wanted.
const SPREADS = ['single', 'model', 'target'] as const satisfies readonly TargetOptions['writeToFile'][];
const DRAWINGS = ['dot', 'mermaid', 'json', 'svg'] as const satisfies readonly Drawing[];

interface NewFlags {
  readonly workBased?: boolean;
  readonly eventBased?: boolean;
  readonly hybrid?: boolean;
  readonly ansible?: boolean;
  readonly plain?: boolean;
  readonly accord?: string;
}
type GenerateFlags = Omit<TargetOptions, 'target'> & { readonly target?: string };

/** What authors of synchronizers use. */
export function addDevelopCommands(program: Command, { run, terminal }: Door): void {
  const creating = (command: Command, fixed: Partial<NewFlags>): void => {
    command
      .argument('<name>', 'of the synchronizer, and of the folder that is made')
      .addOption(new Option('--ansible', 'its step runs a playbook (the default)').conflicts('plain'))
      .option('--plain', 'its step does the work itself')
      .option(
        '--accord <version>',
        'what its package.json asks for as Accord: a version, or the file of a package',
      )
      .action((name: string, flags: NewFlags) =>
        run(async () => {
          const { createNew } = await import('./new.ts');
          const { eventBased, hybrid, workBased, plain, accord } = { ...flags, ...fixed };
          const base =
            hybrid === true ? 'hybrid' : workBased === true && eventBased !== true ? 'work' : 'event';
          const options = { base, does: plain === true ? 'plain' : 'ansible' } as const;
          return createNew(name, { ...options, ...(accord !== undefined && { accord }) }, terminal);
        }),
      );
  };
  creating(
    program
      .command('new')
      .description('make the folder of a new synchronizer, which works at once')
      .addOption(new Option('--work-based', 'without a watcher').conflicts(['eventBased', 'hybrid']))
      .addOption(new Option('--event-based', 'with a watcher (the default)').conflicts('hybrid'))
      .option('--hybrid', 'with a step that watches, too'),
    {},
  );
  creating(program.command('gen_workbased', { hidden: true }), { workBased: true });
  creating(program.command('gen_watcher', { hidden: true }), { eventBased: true });

  program
    .command('check')
    .description(
      'check xproto files as one program: every fault, and what is likely not meant, with its remedy',
    )
    .argument('<file...>', 'files, or folders that hold them')
    .option('--strict', 'exit code 1 for warnings, too', false)
    .option('--json', 'counts and diagnostics, for machines', false)
    .action((files: string[], options: { json: boolean; strict: boolean }) =>
      run(async () => {
        const { check } = await import('./check.ts');
        return check(files, options);
      }),
    );

  program
    .command('generate')
    .alias('xosgenx')
    .description(
      'write what belongs beside the xproto of each folder: types, JSON Schema, stubs of new models',
    )
    .argument('[path...]', 'folders or files; else the current folder')
    .option('--check', 'write nothing; exit code 1 when something is missing or stale', false)
    .option('--dry-run', 'write nothing; print what would change', false)
    .option(
      '--target <name>',
      'write something else instead, as in openapi, docs, synchronizer, ./own-target.ts',
    )
    .option('--output <dir>', 'where the target writes; without, it prints')
    .addOption(
      new Option('--write-to-file <how>', 'one file, one for each model, or as the target has it')
        .choices(SPREADS)
        .default('target'),
    )
    .action((paths: string[], { target, ...options }: GenerateFlags) =>
      run(async () => {
        if (target !== undefined) {
          const { generateTarget } = await import('./generate-target.ts');
          return generateTarget(paths, { ...options, target }, terminal);
        }
        if (options.output !== undefined)
          throw new UsageError('--output is where a --target writes: name one');
        const { generate } = await import('./generate.ts');
        return generate(paths, options, terminal);
      }),
    );

  program
    .command('graph')
    .alias('dmdot')
    .description('print the models, their links, and what depends on what; circles are red')
    .argument('[path...]', 'folders or files; else the current folder')
    .addOption(new Option('-o, --output <format>').choices(DRAWINGS).default('dot'))
    .action((paths: string[], options: { output: Drawing }) =>
      run(async () => {
        const { graph } = await import('./graph.ts');
        return graph(paths, options, terminal);
      }),
    );

  program
    .command('test')
    .description('put every step to what production will: run twice, killed, deleting twice, secrets …')
    .argument('[dir]', 'the folder of the synchronizer', '.')
    .option('--json', 'for machines', false)
    .action((dir: string, options: { json: boolean }) =>
      run(async () => {
        const { testSteps } = await import('./test.ts');
        return testSteps(dir, options, terminal);
      }),
    );

  program
    .command('build')
    .description('compile a synchronizer into one folder that starts fast and needs no sources')
    .argument('[dir]', 'the folder of the synchronizer', '.')
    .option('--output <dir>', 'where it is written; only what a build has written is written over (DIR/dist)')
    .action((dir: string, options: { output?: string }) =>
      run(async () => {
        const { build } = await import('./build.ts');
        return build(dir, options, terminal);
      }),
    );

  program
    .command('config')
    .description(
      'print the settings that hold, of processes and of synchronizers, with where each comes from',
    )
    .argument('[dir...]', 'folders of synchronizers')
    .option('--json', 'for machines', false)
    .action((dirs: string[], options: { json: boolean }) =>
      run(async () => {
        const { showConfig } = await import('./config.ts');
        return showConfig(dirs, options, terminal);
      }),
    );
}
