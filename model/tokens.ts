import { createToken, Lexer, type CustomPatternMatcherReturn, type IToken, type TokenType } from 'chevrotain';
import { SCALARS } from './scalars.ts';
import { endOfRule } from './rule-text.ts';

// The label of a token is how an error message calls it.

export const Name = createToken({ name: 'Name', label: 'a name', pattern: /[A-Za-z_]\w*/ });

/** A word with a meaning of its own. It cannot name a field (`message` and `max` can). */
export const Keyword = createToken({ name: 'Keyword', label: 'a keyword', pattern: Lexer.NA });
export const ModifierWord = createToken({
  name: 'Modifier',
  label: '`required`, `optional` or `repeated`',
  pattern: Lexer.NA,
});
export const LinkWord = createToken({
  name: 'Link',
  label: '`manytoone`, `manytomany` or `onetoone`',
  pattern: Lexer.NA,
});
export const ScalarWord = createToken({ name: 'Scalar', label: 'a type', pattern: Lexer.NA });

function keyword(word: string, ...categories: TokenType[]): TokenType {
  return createToken({
    name: word,
    label: `\`${word}\``,
    pattern: word,
    longer_alt: Name,
    categories: [Keyword, ...categories],
  });
}

export const Message = keyword('message');
export const Enum = keyword('enum');
export const Extend = keyword('extend');
export const Import = keyword('import');
export const Package = keyword('package');
export const Option = keyword('option');
export const Policy = keyword('policy');
export const Extensions = keyword('extensions');
export const To = keyword('to');
export const Max = keyword('max');
export const OneToMany = keyword('onetomany', LinkWord);

/** The words of those categories that a misspelling is compared with. */
export const MODIFIERS = ['required', 'optional', 'repeated'].map((word) => keyword(word, ModifierWord));
export const LINKS = ['manytoone', 'manytomany', 'onetoone'].map((word) => keyword(word, LinkWord));

export const Text = createToken({
  name: 'Text',
  label: 'a string',
  pattern: /"[^"\\\r\n]*(?:\\.[^"\\\r\n]*)*"|'[^'\\\r\n]*(?:\\.[^'\\\r\n]*)*'/,
});
/** It stands where a string would, so that what follows it is read as usual. */
export const UnclosedText = createToken({
  name: 'UnclosedText',
  pattern: /["'][^\r\n]*/,
  categories: Text,
});
export const NumberWord = createToken({
  name: 'Number',
  label: 'a number',
  pattern: /-?(?:0[xX][\da-fA-F]+|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)/,
});

const punctuation = (name: string, pattern: string): TokenType =>
  createToken({ name, label: `\`${pattern}\``, pattern });

export const Arrow = punctuation('Arrow', '->');
export const DoubleColon = punctuation('DoubleColon', '::');
export const Colon = punctuation('Colon', ':');
export const Semicolon = punctuation('Semicolon', ';');
export const Comma = punctuation('Comma', ',');
export const Dot = punctuation('Dot', '.');
export const Equals = punctuation('Equals', '=');
export const Plus = punctuation('Plus', '+');
export const Slash = punctuation('Slash', '/');
export const OpenBrace = punctuation('OpenBrace', '{');
export const CloseBrace = punctuation('CloseBrace', '}');
export const OpenBracket = punctuation('OpenBracket', '[');
export const CloseBracket = punctuation('CloseBracket', ']');
export const OpenParen = punctuation('OpenParen', '(');
export const CloseParen = punctuation('CloseParen', ')');
export const Less = punctuation('Less', '<');
export const Greater = punctuation('Greater', '>');

export const PUNCTUATION: TokenType[] = [
  ...[Arrow, DoubleColon, Colon, Semicolon, Comma, Dot, Equals, Plus, Slash, Less, Greater],
  ...[OpenBrace, CloseBrace, OpenBracket, CloseBracket, OpenParen, CloseParen],
];

/** What stands between `policy NAME <` and `>`; only there is it a token. */
export const RuleText = createToken({
  name: 'RuleText',
  label: 'an expression',
  line_breaks: true,
  pattern: (text: string, offset: number, before: IToken[]): CustomPatternMatcherReturn | null => {
    if (before.at(-1)?.tokenType !== Less || before.at(-3)?.tokenType !== Policy) return null;
    const end = endOfRule(text, offset);
    return end === offset ? null : [text.slice(offset, end)];
  },
});

const skipped = (name: string, pattern: RegExp): TokenType =>
  createToken({ name, pattern, group: Lexer.SKIPPED, line_breaks: true });

/** Swallows the rest of the file, once. */
export const UnclosedComment = createToken({
  name: 'UnclosedComment',
  pattern: /\/\*[^]*/,
  line_breaks: true,
});

export const TOKENS: TokenType[] = [
  RuleText,
  skipped('Space', /[\s\uFEFF]+/),
  skipped('LineComment', /\/\/[^\r\n]*/),
  skipped('BlockComment', /\/\*[^]*?\*\//),
  UnclosedComment,
  Keyword,
  ModifierWord,
  LinkWord,
  ScalarWord,
  ...MODIFIERS,
  ...LINKS,
  ...SCALARS.map((word) => keyword(word, ScalarWord)),
  ...[Message, Enum, Extensions, Extend, Import, Package, Option, Policy, To, Max, OneToMany],
  ...[Name, Text, UnclosedText, NumberWord],
  ...PUNCTUATION,
];
