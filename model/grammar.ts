import { EmbeddedActionsParser, tokenMatcher, type IToken, type TokenType } from 'chevrotain';
import type { Draft } from './draft.ts';
import { explainer } from './explain.ts';
import * as t from './tokens.ts';
import type { Fault } from './places.ts';
import type { OptionNode, Word } from './syntax-tree.ts';
import { unescape } from './strings.ts';
import {
  keywordAsName,
  MISSING_COMMA,
  MISSING_MODIFIER,
  MISSING_REVERSE,
  TRAILING_COMMA,
} from './tolerated.ts';
import { joined, valueOf, word } from './words.ts';

/**
 * The grammar of single statements; `split.ts` finds where each begins and ends.
 *
 * Each rule fills in the draft that it is given as it goes, so that what stands before a fault is known.
 */
export class StatementParser extends EmbeddedActionsParser {
  /** Faults that the grammar tolerates in order to go on behind them. */
  readonly faults: { readonly word: Word; readonly fault: Fault }[] = [];

  constructor() {
    super(t.TOKENS, { recoveryEnabled: true, maxLookahead: 2, errorMessageProvider: explainer });
    this.performSelfAnalysis();
  }

  /** `message Name[::rule] (Base, pkg.Base) {` */
  readonly messageHeader = this.RULE('messageHeader', (draft: Draft) => {
    this.CONSUME(t.Message);
    this.keep(draft, 'name', this.CONSUME(t.Name));
    this.OPTION(() => {
      this.CONSUME(t.DoubleColon);
      this.keep(draft, 'rule', this.CONSUME2(t.Name));
    });
    this.OPTION2(() => {
      this.CONSUME(t.OpenParen);
      this.MANY_SEP({
        SEP: t.Comma,
        DEF: () => {
          const base = this.SUBRULE(this.dottedName);
          this.ACTION(() => base && draft.bases.push(base));
        },
      });
      this.CONSUME(t.CloseParen);
    });
    this.CONSUME(t.OpenBrace);
  });

  /** `enum Name {` */
  readonly enumHeader = this.RULE('enumHeader', (draft: Draft) => {
    this.CONSUME(t.Enum);
    this.keep(draft, 'name', this.CONSUME(t.Name));
    this.CONSUME(t.OpenBrace);
  });

  /** `extend pkg.Name {` */
  readonly extendHeader = this.RULE('extendHeader', (draft: Draft) => {
    this.CONSUME(t.Extend);
    this.keep(draft, 'name', this.SUBRULE(this.dottedName));
    this.CONSUME(t.OpenBrace);
  });

  /** `required string name[::rule] = 1 [opt = value, …];` A missing modifier is said and passed by. */
  readonly field = this.RULE('field', (draft: Draft) => {
    this.SUBRULE(this.modifier, { ARGS: [draft] });
    const type = this.OR([
      { ALT: () => this.CONSUME(t.ScalarWord) },
      { ALT: () => this.SUBRULE(this.dottedName) },
    ]);
    this.keep(draft, 'type', type);
    this.keep(draft, 'name', this.SUBRULE(this.memberName));
    this.OPTION(() => {
      this.CONSUME(t.DoubleColon);
      this.keep(draft, 'rule', this.CONSUME(t.Name));
    });
    this.CONSUME(t.Equals);
    this.keep(draft, 'number', this.CONSUME(t.NumberWord));
    this.OPTION2(() => this.SUBRULE(this.options, { ARGS: [draft] }));
    this.CONSUME(t.Semicolon);
  });

  /** `required manytoone src->pkg.Peer/Through:reverse = 1:1001 [opt = value, …];` */
  readonly link = this.RULE('link', (draft: Draft) => {
    this.SUBRULE(this.modifier, { ARGS: [draft] });
    this.keep(draft, 'link', this.CONSUME(t.LinkWord));
    this.keep(draft, 'name', this.SUBRULE(this.memberName));
    this.OPTION(() => {
      this.CONSUME(t.DoubleColon);
      this.CONSUME(t.Name);
    });
    this.CONSUME(t.Arrow);
    this.keep(draft, 'peer', this.SUBRULE(this.dottedName));
    this.OPTION2(() => {
      this.CONSUME(t.Slash);
      this.keep(draft, 'through', this.SUBRULE2(this.dottedName));
    });
    this.OPTION3(() => this.SUBRULE(this.reverse, { ARGS: [draft] }));
    this.CONSUME(t.Equals);
    this.keep(draft, 'number', this.CONSUME(t.NumberWord));
    this.OPTION4(() => {
      this.CONSUME(t.Colon);
      this.keep(draft, 'reverseNumber', this.CONSUME2(t.NumberWord));
    });
    this.OPTION5(() => this.SUBRULE(this.options, { ARGS: [draft] }));
    this.CONSUME(t.Semicolon);
  });

  /** `option NAME = STRING|NAME;` */
  readonly optionLine = this.RULE('optionLine', (draft: Draft) => {
    this.CONSUME(t.Option);
    const option = this.SUBRULE(this.assignment);
    this.ACTION(() => {
      if (option !== undefined) draft.options.push(option);
    });
    this.CONSUME(t.Semicolon);
  });

  /** `NAME = NUMBER [opt = value, …];` in an enum */
  readonly enumValue = this.RULE('enumValue', (draft: Draft) => {
    this.keep(draft, 'name', this.SUBRULE(this.memberName));
    this.CONSUME(t.Equals);
    this.keep(draft, 'number', this.CONSUME(t.NumberWord));
    this.OPTION(() => this.SUBRULE(this.options, { ARGS: [draft] }));
    this.CONSUME(t.Semicolon);
  });

  /** `extensions 100 to max;`: read, and of no meaning here. */
  readonly extensionsLine = this.RULE('extensionsLine', () => {
    this.CONSUME(t.Extensions);
    this.AT_LEAST_ONE_SEP({
      SEP: t.Comma,
      DEF: () => {
        this.CONSUME(t.NumberWord);
        this.OPTION(() => {
          this.CONSUME(t.To);
          this.OR([{ ALT: () => this.CONSUME2(t.NumberWord) }, { ALT: () => this.CONSUME(t.Max) }]);
        });
      },
    });
    this.CONSUME(t.Semicolon);
  });

  /** `import "file";` */
  readonly importLine = this.RULE('importLine', (draft: Draft) => {
    this.CONSUME(t.Import);
    this.OPTION(() => this.CONSUME(t.Name));
    const file = this.CONSUME(t.Text);
    this.ACTION(() => (draft.name = { ...word(file), text: unescape(file.image) }));
    this.CONSUME(t.Semicolon);
  });

  /** `package a.b;` */
  readonly packageLine = this.RULE('packageLine', (draft: Draft) => {
    this.CONSUME(t.Package);
    this.keep(draft, 'name', this.SUBRULE(this.dottedName));
    this.CONSUME(t.Semicolon);
  });

  /** `policy NAME < expression >` */
  readonly rule = this.RULE('rule', (draft: Draft) => {
    this.CONSUME(t.Policy);
    this.keep(draft, 'name', this.CONSUME(t.Name));
    this.CONSUME(t.Less);
    const text = this.CONSUME(t.RuleText);
    this.ACTION(() => (draft.text = word(text)));
    this.CONSUME(t.Greater);
    this.OPTION(() => this.CONSUME(t.Semicolon));
  });

  private readonly modifier = this.RULE('modifier', (draft: Draft) => {
    const modifier = this.OPTION(() => this.CONSUME(t.ModifierWord));
    this.ACTION(() => {
      if (modifier !== undefined) draft.modifier = word(modifier);
      else if (this.LA(1).tokenType === t.Name || tokenMatcher(this.LA(1), t.Keyword)) {
        this.say(this.LA(1), MISSING_MODIFIER);
      }
    });
  });

  private readonly memberName = this.RULE(
    'memberName',
    (): IToken | undefined =>
      this.OR([
        { ALT: () => this.CONSUME(t.Name) },
        {
          ALT: () => {
            const keyword = this.CONSUME(t.Keyword);
            this.ACTION(() => {
              const isAllowed = keyword.tokenType === t.Message || keyword.tokenType === t.Max;
              if (!isAllowed) this.say(keyword, keywordAsName(keyword.image));
            });
            return keyword;
          },
        },
      ]),
    NOTHING,
  );

  private readonly dottedName = this.RULE(
    'dottedName',
    (): Word | undefined => {
      const parts: IToken[] = [];
      this.AT_LEAST_ONE_SEP({ SEP: t.Dot, DEF: () => parts.push(this.CONSUME(t.Name)) });
      return this.ACTION(() => joined(parts));
    },
    NOTHING,
  );

  /** `:name`, `:name+` or `:+` */
  private readonly reverse = this.RULE('reverse', (draft: Draft) => {
    this.CONSUME(t.Colon);
    const name = this.OPTION(() => this.CONSUME(t.Name));
    const plus = this.OPTION2(() => this.CONSUME(t.Plus));
    this.ACTION(() => {
      if (name === undefined && plus === undefined) this.say(this.LA(0), MISSING_REVERSE);
      draft.reverse = { ...(name && { name: word(name) }), suppressed: plus !== undefined };
    });
  });

  /** `[name = value, …]`; commas are checked here by hand, so that one too many is one fault and no more. */
  private readonly options = this.RULE('options', (draft: Draft) => {
    let comma: IToken | undefined;
    this.CONSUME(t.OpenBracket);
    this.MANY(() => {
      const option = this.SUBRULE(this.assignment);
      comma = this.OPTION(() => this.CONSUME(t.Comma));
      this.ACTION(() => {
        if (option !== undefined) draft.options.push(option);
        const next = this.LA(1).tokenType;
        if (comma === undefined && next === t.Name) this.say(this.LA(1), MISSING_COMMA);
      });
    });
    this.ACTION(() => {
      if (comma !== undefined && this.LA(1).tokenType === t.CloseBracket) this.say(comma, TRAILING_COMMA);
    });
    this.CONSUME(t.CloseBracket);
  });

  private readonly assignment = this.RULE(
    'assignment',
    (): OptionNode | undefined => {
      const name = this.OR([{ ALT: () => this.CONSUME(t.Name) }, { ALT: () => this.CONSUME(t.Keyword) }]);
      this.CONSUME(t.Equals);
      const value = this.OR2([
        { ALT: () => valueOf('string', this.CONSUME(t.Text)) },
        { ALT: () => valueOf('number', this.CONSUME(t.NumberWord)) },
        { ALT: () => valueOf('name', this.CONSUME2(t.Name)) },
        { ALT: () => valueOf('name', this.CONSUME2(t.Keyword)) },
      ]);
      return this.ACTION(() => ({ name: word(name), value }));
    },
    NOTHING,
  );

  /** Store what was found; a rule that failed has found nothing. */
  private keep(draft: Draft, part: WordPart, found: IToken | Word | undefined): void {
    this.ACTION(() => {
      if (found !== undefined) draft[part] = 'tokenType' in found ? word(found) : found;
    });
  }

  private say(token: IToken, fault: Fault): void {
    this.faults.push({ word: word(token), fault });
  }

  /** A missing `;` can be thought of as there, a missing name cannot. */
  protected override canTokenTypeBeInsertedInRecovery(type: TokenType): boolean {
    return t.PUNCTUATION.includes(type);
  }
}

type WordPart = 'name' | 'rule' | 'type' | 'link' | 'peer' | 'through' | 'number' | 'reverseNumber';

/** What a rule returns that failed and was recovered from. */
const NOTHING = { recoveryValueFunc: () => undefined };
