import { mkdir } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Target, TargetFile, TargetInput } from '../define/target.ts';
import { compare, diffOf, isDue, writeOutput } from '../generate/output.ts';
import { inputOf } from '../generate/program.ts';
import { TARGETS } from '../generate/targets/index.ts';
import { nearest } from '../model/suggest.ts';
import { EXIT, UsageError } from './explain.ts';
import type { GenerateOptions } from './generate.ts';
import { soundProgram } from './sound-program.ts';
import type { Terminal } from './terminal.ts';

export interface TargetOptions extends GenerateOptions {
  /** A name of TARGETS, with `.xtarget` behind it or not, or the path of a module. */
  readonly target: string;
  /** The folder that is written to. Without one, all is printed. */
  readonly output?: string;
  /** single: one file. model: for each model its own. target: as the target has it. */
  readonly writeToFile: 'single' | 'model' | 'target';
}

/** Run one target over xproto, and write or print what it makes. */
export async function generateTarget(
  paths: readonly string[],
  options: TargetOptions,
  terminal: Terminal,
): Promise<number> {
  const target = await targetNamed(options.target);
  const program = await soundProgram(paths.length === 0 ? ['.'] : paths, terminal);
  if (program === undefined) return EXIT.failed;
  const sources = program.loaded.trees.map(({ file }) => file);
  const input = inputOf(program.loaded, sources, options.output ?? '.');
  const made = await spread(target, input, options);
  if (options.output === undefined) {
    terminal.out(single(made).trimEnd());
    return EXIT.ok;
  }
  return write(options.output, made, options, terminal);
}

async function targetNamed(written: string): Promise<Target> {
  const name = written.replace(/\.xtarget$/, '');
  if (Object.hasOwn(TARGETS, name)) {
    const target = TARGETS[name];
    if (target !== undefined) return target;
  }
  if (/\.[cm]?[jt]s$/.test(written)) return moduleAt(written);
  const names = Object.keys(TARGETS);
  const guess = nearest(name, names);
  const hint = guess === undefined ? `known are ${names.join(', ')}` : `did you mean ${guess}?`;
  throw new UsageError(
    `there is no target ${JSON.stringify(written)}; ${hint} Or name a module: ./target.ts`,
  );
}

async function moduleAt(path: string): Promise<Target> {
  const module = await import(pathToFileURL(resolve(path)).href).then(
    (exports: unknown) => exports as { readonly default?: unknown },
    (error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      throw new UsageError(`the target ${path} cannot be loaded: ${reason}`);
    },
  );
  if (typeof module.default !== 'function')
    throw new UsageError(`the target ${path} has no default function from models to files`);
  return module.default as Target;
}

async function spread(
  target: Target,
  input: TargetInput,
  { writeToFile, target: name }: TargetOptions,
): Promise<readonly TargetFile[]> {
  if (writeToFile !== 'model') {
    const files = await target(input);
    if (writeToFile === 'target' || files.length <= 1) return files;
    return [{ path: `${name.replace(/^.*[\\/]|\.[^.]*$/g, '')}.gen.txt`, text: single(files) }];
  }
  const found = await Promise.all(
    input.models.map(async (model) => {
      const files = await target({ ...input, models: [model] });
      const [only] = files;
      if (files.length === 1 && only !== undefined) {
        return [
          { ...only, path: `${model.name}${/\.gen\.[^.]+$/.exec(only.path)?.[0] ?? extname(only.path)}` },
        ];
      }
      return files.map((file) => ({ ...file, path: join(model.name, file.path) }));
    }),
  );
  return found.flat();
}

/** Several files as one text, each behind a line that names it. */
function single(files: readonly TargetFile[]): string {
  const [first] = files;
  if (files.length === 1 && first !== undefined) return first.text;
  return files.map(({ path, text }) => `==> ${path} <==\n${text}`).join('\n');
}

async function write(
  folder: string,
  made: readonly TargetFile[],
  { check, dryRun }: GenerateOptions,
  terminal: Terminal,
): Promise<number> {
  const files = await compare(made.map(({ path, text }) => ({ path: join(folder, path), text })));
  if (!check && !dryRun) {
    await mkdir(folder, { recursive: true });
    await writeOutput(files);
  }
  for (const file of files) {
    if (dryRun && isDue(file)) terminal.out(diffOf(file).trimEnd());
    else if (file.standing === 'kept')
      terminal.note(`${file.path} is there already, and stays as it is; only *.gen.* files are written over`);
    else if (!isDue(file)) terminal.out(`${file.path} is up to date`);
    else
      terminal.out(
        check ? `${file.path} is ${file.standing === 'new' ? 'missing' : 'stale'}` : `${file.path} written`,
      );
  }
  return check && files.some(isDue) ? EXIT.failed : EXIT.ok;
}
