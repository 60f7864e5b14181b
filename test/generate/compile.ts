import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** As strict as our own tsconfig.json. */
export const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2024,
  module: ts.ModuleKind.NodeNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  noEmit: true,
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noFallthroughCasesInSwitch: true,
  noPropertyAccessFromIndexSignature: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  isolatedModules: true,
  verbatimModuleSyntax: true,
  erasableSyntaxOnly: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  typeRoots: [join(ROOT, 'node_modules/@types')],
  types: ['node'],
  paths: {
    '@accord-sync/accord': [join(ROOT, 'define/index.ts')],
    '@accord-sync/accord/testing': [join(ROOT, 'testing/index.ts')],
  },
};

/** Compile some files with what they import, and list the errors. */
export function errorsIn(paths: readonly string[]): string[] {
  return ts.getPreEmitDiagnostics(ts.createProgram(paths, OPTIONS)).map(textOf);
}

export function textOf({ messageText, file }: ts.Diagnostic): string {
  return `${file?.fileName ?? ''} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
}
