import type { IRecognitionException, IToken } from 'chevrotain';
import type { Diagnostic } from './diagnostic.ts';
import type { Draft } from './draft.ts';
import { StatementParser, word } from './grammar.ts';
import { diagnose, type Fault } from './places.ts';
import type { Source, Word } from './syntax-tree.ts';

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
  readonly say: (token: IToken, fault: Fault) => void;
}

export function createReader(source: Source, diagnostics: Diagnostic[]): StatementReader {
  const parser = sharedParser();
  return {
    read(rule, tokens, draft) {
      // A copy, since the parser keeps the array.
      parser.input = [...tokens];
      parser.faults.length = 0;
      try {
        parser[rule](draft);
      } catch (error) {
        // Recovery calls itself once per fault: thousands of faults within one statement exhaust the stack.
        if (!(error instanceof RangeError) || tokens[0] === undefined) throw error;
        diagnostics.push(diagnose(source, word(tokens[0]), TOO_MANY_FAULTS));
      }
      for (const { word: place, fault } of parser.faults) diagnostics.push(diagnose(source, place, fault));
      for (const error of parser.errors) diagnostics.push(diagnosticOf(source, error, tokens));
      return draft;
    },
    say: (token, fault) => {
      diagnostics.push(diagnose(source, word(token), fault));
    },
  };
}

const TOO_MANY_FAULTS: Fault = { code: 'syntax', message: 'this statement has too many faults to list' };

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
function placeOf(
  { token, previousToken }: IRecognitionException & { previousToken?: IToken },
  tokens: readonly IToken[],
): Word {
  const last = tokens.at(-1);
  if (Number.isNaN(token.startOffset)) return last === undefined ? word(token) : behind(last);
  if (previousToken?.endLine !== undefined && previousToken.endLine !== token.startLine)
    return behind(previousToken);
  return word(token);
}

function behind(token: IToken): Word {
  return { text: '', offset: token.startOffset + token.image.trimEnd().length, length: 1 };
}
