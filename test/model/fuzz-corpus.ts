import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../../config.ts';
import { parseModelDeps } from '../../plan/model-deps.ts';
import { parseSynchronizerConfig } from '../../synchronizer-config.ts';
import { survive } from './survive.ts';

/** Texts that authors write. */
export const KINDS = ['models', 'policies', 'model-deps', 'accord.yaml'] as const;
export type Kind = (typeof KINDS)[number];

export interface Sample {
  readonly kind: Kind;
  readonly text: string;
}

/** What fuzzing has found worth keeping. */
export const CORPUS = fileURLToPath(new URL('fuzz-corpus.json', import.meta.url));

export function readCorpus(): Sample[] {
  return existsSync(CORPUS) ? (JSON.parse(readFileSync(CORPUS, 'utf8')) as Sample[]) : [];
}

/** Read a text as what it is. @returns which kinds of faults it has @throws when it is neither read nor refused in order */
export function surviveAs({ kind, text }: Sample): string[] {
  if (kind === 'models' || kind === 'policies') return survive(text);
  if (kind === 'model-deps') return parseModelDeps(text).faults.map(kindOf);
  try {
    parseSynchronizerConfig(text, { file: 'accord.yaml', environment: {}, alone: true });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map(kindOf);
  }
}

/** What a sentence says, without what it says it of. */
function kindOf(fault: string): string {
  if (fault === '' || /\[object [A-Z]/.test(fault)) throw new Error(`unsound: ${JSON.stringify(fault)}`);
  return SAID.exec(fault)?.[0] ?? 'something else';
}

const SAID =
  /unknown key|given twice|aliases|looks like|neither|is no [a-z]+|(?:not|readable as) YAML: [a-z ]+|must (?:be|have) [a-z ]+/;
