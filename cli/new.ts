import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { folderFiles } from '../generate/folder-files.ts';
import { namesFor, newFiles, xprotoText, type NewOptions } from '../generate/new/files.ts';
import { compare, writeOutput } from '../generate/output.ts';
import { loadProgram } from '../generate/program.ts';
import type { PackageFacts } from '../generate/new/project-files.ts';
import { EXIT, UsageError } from './explain.ts';
import type { Terminal } from './terminal.ts';

/**
 * Make the folder of a new synchronizer, which works at once.
 *
 * @param accord what its package.json asks for as this package @default this version
 * @throws {UsageError} for a name that cannot be one, or a folder that is there already; nothing is written then
 */
export async function createNew(
  name: string,
  { accord, ...options }: NewOptions & { readonly accord?: string },
  terminal: Terminal,
): Promise<number> {
  const names = namesFor(name);
  if (names === undefined) {
    throw new UsageError(
      `${JSON.stringify(name)} cannot name a synchronizer: letters, digits, - and _, beginning with a letter`,
    );
  }
  const folder = resolve(name);
  const isThere = await access(folder).then(
    () => true,
    () => false,
  );
  if (isThere) throw new UsageError(`${folder} is there already: choose another name, or remove it`);

  await mkdir(folder);
  // The rest is written for the models, which are read from where they lie.
  await writeFile(join(folder, `${name}.xproto`), xprotoText(names));
  const { folders } = await loadProgram([folder], { byFolder: true });
  const [models] = folders;
  if (models === undefined) throw new Error(`the new ${folder} has no xproto`);
  const facts = await packageFacts(accord && seenFrom(folder, accord));
  const own = newFiles(names, options, models.input, facts);
  await writeOutput(await compare(own.map((file) => ({ ...file, path: join(folder, file.path) }))));
  // Of stubs there are enough: only types, schema and dependencies are still to be written.
  const generated = (await folderFiles(models)).filter(
    ({ path }) => !/[\\/](?:steps|policies|watchers|playbooks)[\\/]/.test(path.slice(folder.length)),
  );
  await writeOutput(await compare(generated));
  terminal.out(
    `${name} is there. To see it work:\n\n  cd ${name}\n  npm install\n  npm test\n  npx accord up .`,
  );
  return EXIT.ok;
}

/** A file is named as seen from here, and npm looks for it from the new folder. */
function seenFrom(folder: string, accord: string): string {
  if (!accord.startsWith('file:')) return accord;
  return `file:${relative(folder, resolve(accord.slice('file:'.length)))}`;
}

/** The versions that this package itself was made with. */
async function packageFacts(accord: string | undefined): Promise<PackageFacts> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  const { version, devDependencies = {} } = JSON.parse(text) as {
    version: string;
    devDependencies?: Readonly<Record<string, string>>;
  };
  return {
    accord: accord ?? version,
    typescript: devDependencies['typescript'] ?? '6',
    nodeTypes: devDependencies['@types/node'] ?? '24',
  };
}
