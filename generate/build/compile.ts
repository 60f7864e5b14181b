import { createRequire } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type typescript from 'typescript';

/** Where code is compiled from, and to. */
export interface Places {
  readonly root: string;
  readonly out: string;
}

/** Compiles one file of a synchronizer's code. */
export type Compile = (
  file: string,
  text: string,
) => { readonly text: string; readonly faults: readonly string[] };

/**
 * Get the compiler: that of the author's project, else the one that is here.
 *
 * @returns undefined when there is none with the functions that are needed
 */
export function createCompile(places: Places): Compile | undefined {
  const ts = typescriptNear(places.root);
  if (ts === undefined) return undefined;
  return (file, text) => {
    const { outputText, diagnostics = [] } = ts.transpileModule(text, {
      fileName: file,
      reportDiagnostics: true,
      compilerOptions: {
        target: ts.ScriptTarget.ES2024,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        isolatedModules: true,
      },
    });
    const ofSyntax = diagnostics.map(({ messageText }) => {
      return `${file}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
    const imports = ts.preProcessFile(outputText, true, true).importedFiles;
    const redirected = redirect(file, outputText, imports, places);
    return { text: redirected.text, faults: [...ofSyntax, ...redirected.faults] };
  };
}

function typescriptNear(root: string): typeof typescript | undefined {
  for (const from of [join(root, 'package.json'), fileURLToPath(import.meta.url)]) {
    try {
      const found = createRequire(from)('typescript') as Partial<typeof typescript>;
      if ('transpileModule' in found && 'preProcessFile' in found) return found;
    } catch {
      // Not there: the next one.
    }
  }
  return undefined;
}

/** This package, or the clone: what lies in it is imported from where it is. */
const ACCORD = fileURLToPath(new URL('../..', import.meta.url));

/** Let imports lead to what they lead to now: compiled files among themselves, and Accord's own. */
function redirect(
  file: string,
  text: string,
  imports: readonly { readonly fileName: string; readonly pos: number }[],
  { root, out }: Places,
): { text: string; faults: string[] } {
  const faults: string[] = [];
  let redirected = text;
  // From the end, so that positions before stay true.
  for (const { fileName, pos } of imports.toSorted((a, b) => b.pos - a.pos)) {
    if (!fileName.startsWith('.')) continue;
    const target = resolve(root, dirname(file), fileName);
    const isOwn = isIn(root, target);
    if (!isOwn && !isIn(ACCORD, target)) {
      faults.push(`${file} imports ${fileName}, which is outside of the folder: a build holds what is in it`);
      continue;
    }
    const place = isOwn
      ? fileName.replace(/\.([cm]?)ts$/, '.$1js')
      : relativeTo(dirname(join(out, file)), target);
    // `pos` is where its opening quote is.
    const from = pos + 1;
    redirected = redirected.slice(0, from) + place + redirected.slice(from + fileName.length);
  }
  return { text: redirected, faults };
}

const isIn = (folder: string, path: string): boolean =>
  `${path}${sep}`.startsWith(`${resolve(folder)}${sep}`);

/** The way from a folder to a file, as an import has it. */
export function relativeTo(folder: string, file: string): string {
  return relative(folder, file)
    .split(sep)
    .join('/')
    .replace(/^(?!\.)/, './');
}
