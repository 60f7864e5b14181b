import { readFileSync } from 'node:fs';
import type { ModelDefinition } from '../../model/definition.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { linkModels, type Linked } from '../../model/link.ts';
import { parseXproto } from '../../model/parse.ts';

const CORE = parseXproto(
  'core.xproto',
  readFileSync(new URL('../../model/core.xproto', import.meta.url), 'utf8'),
);

/** Parse and link files, the first of them `a.xproto`, on Accord's own core models. */
export function program(...texts: string[]): Linked {
  const parsed = texts.map((text, index) => parseXproto(`${'abcdef'[index] ?? ''}.xproto`, text));
  const linked = linkModels([CORE, ...parsed].map(({ tree }) => tree));
  return {
    ...linked,
    diagnostics: [...parsed.flatMap(({ diagnostics }) => diagnostics), ...linked.diagnostics],
  };
}

/** What is said of a file with an app label, as `line:column code`. */
export function faults(...texts: string[]): string[] {
  return said(...texts).map(({ line, column, code }) => `${line}:${column} ${code}`);
}

export function said(...texts: string[]): readonly Diagnostic[] {
  return program(...texts).diagnostics.filter(({ code }) => code !== 'no-app-label');
}

/** A model of a program without errors. */
export function model(name: string, ...texts: string[]): ModelDefinition {
  const { models, diagnostics } = program(...texts);
  const error = diagnostics.find(({ severity }) => severity === 'error');
  if (error) throw new Error(`${error.line}:${error.column} ${error.message}`);
  const found = models.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no model ${name}`);
  return found;
}

/** The body of a message as the only one of a file; line and column of it begin at 2:1. */
export function message(body: string): string {
  return `option app_label = "app"; message M (XOSBase) {\n${body}\n}`;
}
