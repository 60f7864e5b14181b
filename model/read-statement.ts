import type { IRecognitionException, IToken } from 'chevrotain';
import type { Diagnostic } from './diagnostic.ts';
import type { Draft } from './draft.ts';
import { StatementParser } from './grammar.ts';
import { add, diagnose, isFull, type Fault } from './places.ts';
import type { Source, Word } from './syntax-tree.ts';
import { word } from './words.ts';

type RuleName =
  | 'messageHeader'
  | 'enumHeader'
  | 'extendHeader'
  | 'field'
  | 'link'
  | 'optionLine'
  | 'enumValue'
  | 'extensionsLine'
  | 'importLine'
  | 'packageLine'
  | 'rule';

/** Reads statements of one file and keeps what is wrong with them. */
export interface StatementReader {
  /** Read `tokens` as `rule` says, into `draft`, which is returned. */
  readonly read: (rule: RuleName, tokens: readonly IToken[], draft: Draft) => Draft;
  readonly say: (place: IToken | Word, fault: Fault) => void;
}

export function createReader(source: Source, diagnostics: Diagnostic[]): StatementReader {
  const parser = sharedParser();
  return {
    read(rule, tokens, draft) {
      // Past the limit nothing is listed any more, so nothing more is looked for.
      if (isFull(diagnostics)) return draft;
      const [first] = tokens;
      if (first !== undefined && tokens.length > MAX_TOKENS) {
        add(diagnostics, diagnose(source, word(first), TOO_LONG));
        return draft;
      }
      // A copy, since the parser keeps the array.
      parser.input = [...tokens];
      parser.faults.length = 0;
      parser[rule](draft);
      for (const { word: place, fault } of parser.faults) add(diagnostics, diagnose(source, place, fault));
      for (const error of parser.errors) add(diagnostics, diagnosticOf(source, error, tokens));
      return draft;
    },
    say: (place, fault) => {
      add(diagnostics, diagnose(source, 'tokenType' in place ? word(place) : place, fault));
    },
  };
}

/** Recovery calls itself once per fault: what a statement may hold is bounded by the stack. */
const MAX_TOKENS = 2_000;
const TOO_LONG: Fault = {
  code: 'statement-too-long',
  message: `this statement is too long to be read: it has more than ${MAX_TOKENS} words and signs`,
};

/** Analysing the grammar takes milliseconds: it is done when first needed, once. */
let shared: StatementParser | undefined;
function sharedParser(): StatementParser {
  return (shared ??= new StatementParser());
}

function diagnosticOf(source: Source, error: IRecognitionException, tokens: readonly IToken[]): Diagnostic {
  const [message = '', hint] = error.message.split('\n');
  return diagnose(source, placeOf(error, tokens), { code: 'syntax', message, hint });
}

/** What is missing at the end of a line is shown there, not at the beginning of a later one. */
function placeOf(error: IRecognitionException & { previousToken?: IToken }, tokens: readonly IToken[]): Word {
  const { token, previousToken: previous } = error;
  const last = tokens.at(-1);
  // Chevrotain's end of input, which also stands before the first token, is nowhere.
  if (isNowhere(token)) return last === undefined ? word(token) : behind(last);
  if (previous === undefined || isNowhere(previous) || previous.endLine === token.startLine)
    return word(token);
  return behind(previous);
}

function isNowhere({ startOffset }: IToken): boolean {
  return Number.isNaN(startOffset) || startOffset < 0;
}

function behind(token: IToken): Word {
  return { text: '', offset: token.startOffset + token.image.trimEnd().length, length: 1 };
}
