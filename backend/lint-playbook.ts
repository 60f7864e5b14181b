import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Diagnostic } from '../model/diagnostic.ts';

/**
 * Find command lines that are put together from variables.
 *
 * They are the one place where a value is more than data: a shell would execute `; rm -rf /`, and the free form of
 * `command` splits at spaces. Text is looked at rather than YAML, since a templated playbook is none yet.
 */
export function lintPlaybook(file: string, text: string): Diagnostic[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    const found = MODULE.exec(line);
    if (found === null) return [];
    const { before = '', module = '', value = '' } = found.groups ?? {};
    const name = (module.split('.').at(-1) ?? module).split(/\s/).at(-1) ?? module;
    const column = before.length;
    const flows = before.includes('{');
    const text = flows ? (FLOW_VALUE.exec(value)?.[0] ?? '') : value;
    const inline = { text, line: index, column: line.length - value.length };
    const part = commandLine(flows ? [inline] : [inline, ...blockBelow(lines, index, column)]);
    return part.flatMap((piece) => unquoted(piece).map((place) => diagnostic(file, name, place)));
  });
}

/** Lint every playbook and every task file below a folder. */
export async function lintPlaybooks(folder: string): Promise<Diagnostic[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const found = await Promise.all(
    files.map(async (file) => lintPlaybook(file, await readFile(file, 'utf8'))),
  );
  return found.flat();
}

/** `shell:` and its like as a key, or as the first word of `action:`. */
const MODULE =
  /^(?<before>\s*(?:-\s+)*(?:\{(?:.*?,)?\s*)?)(?<module>(?:ansible\.(?:builtin|legacy)\.)?(?:shell|command|raw|script)(?=:)|(?:local_)?action:\s*(?:ansible\.(?:builtin|legacy)\.)?(?:shell|command|raw|script)(?=\s)):?\s*(?<value>.*)$/;

/** Within `{ … }`, a value ends at a comma. */
const FLOW_VALUE = /^(?:\{(?!\{).*?[^}]\}(?!\})|"[^"]*"|'[^']*'|(?:\{\{.*?\}\}|[^,}])*)/;

interface Piece {
  readonly text: string;
  /** Of `text`, 0-based. */
  readonly line: number;
  readonly column: number;
}

/** The lines below a key that belong to its value. */
function blockBelow(lines: readonly string[], index: number, column: number): Piece[] {
  const rest = lines.slice(index + 1);
  const end = rest.findIndex((line) => line.trim() !== '' && line.search(/\S/) <= column);
  return rest
    .slice(0, end < 0 ? rest.length : end)
    .map((text, offset) => ({ text, line: index + 1 + offset, column: 0 }));
}

/** Of a value in the form of a mapping, only `cmd` is a command line; `argv` is a list, which nothing splits. */
function commandLine(pieces: readonly Piece[]): Piece[] {
  const [first, ...block] = pieces;
  if (first === undefined) return [];
  if (first.text.startsWith('{')) {
    const cmd = /\bcmd:\s*(?:"[^"]*"|'[^']*'|(?:\{\{.*?\}\}|[^,}])*)/.exec(first.text);
    return cmd === null ? [] : [{ ...first, text: cmd[0], column: first.column + cmd.index }];
  }
  if (first.text !== '' || !block.some(({ text }) => /^\s*\w+:(\s|$)/.test(text))) return [...pieces];
  const at = block.findIndex(({ text }) => /^\s*cmd:/.test(text));
  if (at < 0) return [];
  const indent = block[at]?.text.search(/\S/) ?? 0;
  const next = block.findIndex(
    ({ text }, index) => index > at && text.trim() !== '' && text.search(/\S/) <= indent,
  );
  return block.slice(at, next < 0 ? block.length : next);
}

interface Place {
  readonly expression: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

function unquoted({ text, line, column }: Piece): Place[] {
  return [...text.matchAll(/\{\{-?(?<expression>.*?)-?\}\}/g)]
    .map(({ 0: whole, index, groups }) => ({
      expression: groups?.['expression']?.trim() ?? '',
      line,
      column: column + index,
      length: whole.length,
    }))
    .filter(({ expression }) => !/\|\s*quote$/.test(expression));
}

function diagnostic(file: string, module: string, { expression, line, column, length }: Place): Diagnostic {
  const splits = module === 'command' || module === 'script';
  return {
    severity: 'warning',
    code: splits ? 'command-with-variable' : 'shell-with-variable',
    message: splits
      ? `${module} splits its text at spaces, those of «${expression}» included`
      : `${module} lets a shell execute what «${expression}» holds`,
    hint: splits ? 'give it as `argv:`, a list of arguments' : `write {{ ${expression} | quote }}`,
    file,
    line: line + 1,
    column: column + 1,
    length,
  };
}
