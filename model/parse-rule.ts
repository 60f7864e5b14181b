import type { Fault } from './places.ts';
import type { Rule } from './rule.ts';
import { ruleTokens, type RuleToken, type Sign } from './rule-tokens.ts';
import { quotable } from './strings.ts';
import type { Word } from './syntax-tree.ts';

export interface ParsedRule {
  /** Absent when the text has a fault. */
  readonly rule?: Rule;
  /** The names of the rules that it refers to. */
  readonly references: readonly Word[];
  readonly fault?: { readonly word: Word; readonly fault: Fault };
}

/**
 * Parse the expression of an access rule.
 *
 * From the loosest to the tightest: `->` (right-associative), `|`, `&`, `exists|forall Symbol: …`, `not`, `=` and
 * `in`. The body of a quantifier reaches as far right as it can.
 *
 * Never throws, whatever the text. Cost: O(text). The first fault ends it, as the rest would be guesswork.
 */
export function parseRule(text: Word): ParsedRule {
  const parser = new RuleParser(ruleTokens(text));
  try {
    return { rule: parser.whole(), references: parser.references };
  } catch (error) {
    if (!(error instanceof RuleFault)) throw error;
    return { references: parser.references, fault: { word: error.word, fault: error.fault } };
  }
}

/** Deeper than anybody nests, and shallow enough for the stack. */
const MAX_DEPTH = 200;

class RuleFault extends Error {
  readonly word: Word;
  readonly fault: Fault;

  constructor(word: Word, message: string, hint?: string) {
    super(message);
    this.word = word;
    this.fault = { code: 'bad-rule', message, hint };
  }
}

/** Each method reads what its name says, and leaves the place behind it. */
class RuleParser {
  readonly references: Word[] = [];
  private readonly tokens: readonly RuleToken[];
  private at = 0;
  private depth = 0;

  constructor(tokens: readonly RuleToken[]) {
    this.tokens = tokens;
  }

  whole(): Rule {
    const rule = this.expression();
    const rest = this.next;
    if (rest.kind === '=' || rest.kind === 'in') {
      throw new RuleFault(rest, 'comparisons do not follow each other', 'put one of them in parentheses');
    }
    if (rest.kind !== 'end') throw this.unexpected('the end of the rule');
    return rule;
  }

  private expression(): Rule {
    if (++this.depth > MAX_DEPTH)
      throw new RuleFault(this.next, `more than ${MAX_DEPTH} levels of this rule`);
    const left = this.joined('|', 'or', () => this.joined('&', 'and', () => this.negation()));
    const rule: Rule = this.skip('->') ? { kind: 'implies', left, right: this.expression() } : left;
    this.depth--;
    return rule;
  }

  private joined(sign: Sign, kind: 'or' | 'and', read: () => Rule): Rule {
    const operands = [read()];
    while (this.skip(sign)) operands.push(read());
    const [only] = operands;
    return operands.length === 1 && only ? only : { kind, operands };
  }

  private negation(): Rule {
    const { kind } = this.next;
    if (kind === 'exists' || kind === 'forall') return this.quantifier(kind);
    if (!this.skip('not')) return this.comparison();
    if (++this.depth > MAX_DEPTH)
      throw new RuleFault(this.next, `more than ${MAX_DEPTH} levels of this rule`);
    const operand = this.negation();
    this.depth--;
    return { kind: 'not', operand };
  }

  private quantifier(kind: 'exists' | 'forall'): Rule {
    this.at++;
    const symbol = this.take('name', `a name after \`${kind}\``);
    this.take(':', `\`:\` after \`${kind} ${quotable(symbol.text)}\``);
    return { kind, symbol: symbol.text, body: this.expression() };
  }

  private comparison(): Rule {
    const left = this.term();
    if (this.skip('=')) return { kind: 'equals', left, right: this.term() };
    return this.skip('in') ? { kind: 'in', left, right: this.term() } : left;
  }

  private term(): Rule {
    if (this.skip('(')) {
      const rule = this.expression();
      this.take(')', '`)`');
      return rule;
    }
    if (this.skip('*')) return this.reference();
    if (this.skip('True')) return { kind: 'boolean', value: true };
    if (this.skip('False')) return { kind: 'boolean', value: false };
    const { kind, text, value } = this.next;
    if (kind === 'name') {
      this.at++;
      return this.skip('(')
        ? { kind: 'call', name: text, arguments: this.arguments() }
        : { kind: 'symbol', name: text };
    }
    const literal = literalOf(kind, value);
    if (literal === undefined) throw this.unexpected('an expression');
    this.at++;
    return literal;
  }

  /** What follows the `*` of `*site_policy(site)`. */
  private reference(): Rule {
    const name = this.take('name', 'the name of a rule after `*`');
    this.references.push({ text: name.text, offset: name.offset, length: name.length });
    this.take('(', `\`(\` after \`*${quotable(name.text)}\``);
    const of = this.take('name', `what \`*${quotable(name.text)}\` is asked of`);
    this.take(')', '`)`');
    return { kind: 'rule', name: name.text, of: of.text };
  }

  private arguments(): Rule[] {
    const found: Rule[] = [];
    if (this.skip(')')) return found;
    do found.push(this.expression());
    while (this.skip(','));
    this.take(')', '`)`');
    return found;
  }

  private get next(): RuleToken {
    const token = this.tokens[this.at] ?? this.tokens.at(-1);
    if (token === undefined) throw new RangeError('the words of a rule end with `end`');
    return token;
  }

  private skip(kind: Sign): boolean {
    const isThere = this.next.kind === kind;
    if (isThere) this.at++;
    return isThere;
  }

  private take(kind: RuleToken['kind'], expected: string): RuleToken {
    const token = this.next;
    if (token.kind !== kind) throw this.unexpected(expected);
    this.at++;
    return token;
  }

  private unexpected(expected: string): RuleFault {
    const { kind, text } = this.next;
    const found = kind === 'end' ? 'the rule ends' : `found \`${quotable(text)}\``;
    return new RuleFault(this.next, `expected ${expected}, ${found}`, HINTS[text]);
  }
}

function literalOf(kind: RuleToken['kind'], value: string): Rule | undefined {
  if (kind === 'string') return { kind, value };
  if (kind === 'python') return { kind, code: value };
  if (kind !== 'number' || !Number.isFinite(Number(value))) return undefined;
  // Zero is zero, whatever its sign.
  return { kind, value: Number(value) + 0 };
}

/** What other languages write. */
const HINTS: Readonly<Record<string, string>> = {
  '!': 'write `not`',
  '<': 'only `=` and `in` compare; other comparisons belong into `{{ … }}`',
  '>': 'only `=` and `in` compare; other comparisons belong into `{{ … }}`',
  and: 'write `&`',
  or: 'write `|`',
};
