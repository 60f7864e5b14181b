import type { ModelDefinition, RuleDefinition } from '../model/definition.ts';

/** What a target of `accord generate --target` is given: linked, checked models. */
export interface TargetInput {
  /** What the xproto files declare, in their order: write for these. */
  readonly models: readonly ModelDefinition[];
  /** The same, and all that they may refer to: the core models, and other files of the program. */
  readonly program: readonly ModelDefinition[];
  /** The access rules of the files. */
  readonly rules: readonly RuleDefinition[];
  /** The xproto files, relative to the folder that is written to. */
  readonly sources: readonly string[];
  /** What `defineModel`, `step` and the like are imported from. */
  readonly door: string;
}

/** A file that a target writes. Only what has `.gen.` in its name is ever written over. */
export interface TargetFile {
  /** Relative to the folder that is written to. */
  readonly path: string;
  readonly text: string;
}

/**
 * From models to files: the default export of a module that `accord generate --target ./module.ts` runs.
 *
 * Must be deterministic: the same models give the same files.
 */
export type Target = (input: TargetInput) => readonly TargetFile[] | Promise<readonly TargetFile[]>;
