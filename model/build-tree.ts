import { createTokenInstance, tokenMatcher, type IToken, type TokenType } from 'chevrotain';
import { createDraft, memberOf, type Draft } from './draft.ts';
import { parseRule } from './parse-rule.ts';
import type { StatementReader } from './read-statement.ts';
import type { Statement } from './split.ts';
import { nearest } from './suggest.ts';
import { quotable } from './strings.ts';
import type { EnumNode, MemberNode, MessageNode, RuleNode, SyntaxTree, Word } from './syntax-tree.ts';
import * as t from './tokens.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };
type Definitions = Mutable<Omit<SyntaxTree, 'file' | 'text' | 'lineStarts'>>;

/** Read the statements of a file, top level first. */
export function buildTree(statements: readonly Statement[], reader: StatementReader): Definitions {
  const tree: Definitions = { options: [], imports: [], messages: [], enums: [], extensions: [], rules: [] };
  for (const written of statements) {
    const statement = mend(written, 0, DEFINITIONS, reader);
    const [first] = statement.tokens;
    if (first === undefined) continue;
    const draft = createDraft();
    const read = (rule: Parameters<StatementReader['read']>[0]): Draft =>
      reader.read(rule, statement.tokens, draft);
    switch (first.tokenType) {
      case t.Message:
        tree.messages.push(...messageOf(statement, reader, 1));
        break;
      case t.Enum:
        tree.enums.push(...enumOf(statement, reader));
        break;
      case t.Extend: {
        const { name } = read('extendHeader');
        const { members } = bodyOf(statement, reader, 1);
        if (name) tree.extensions.push({ name, members });
        break;
      }
      case t.Option:
        tree.options.push(...read('optionLine').options);
        break;
      case t.Import: {
        const { name } = read('importLine');
        if (name) tree.imports.push(name);
        break;
      }
      case t.Package: {
        const { name } = read('packageLine');
        if (name) tree.package = name;
        break;
      }
      case t.Policy: {
        const { name, text } = read('rule');
        if (name) tree.rules.push({ name, ...ruleOf(text, reader) });
        break;
      }
      default:
        reader.say(first, misplaced(first));
    }
  }
  return tree;
}

const DEFINITIONS = [t.Message, t.Enum, t.Extend, t.Import, t.Package, t.Option, t.Policy];

/** Deeper than anybody nests, and shallow enough for the stack. */
const MAX_DEPTH = 50;

function messageOf(statement: Statement, reader: StatementReader, depth: number): MessageNode[] {
  const { name, rule, bases } = reader.read('messageHeader', statement.tokens, createDraft());
  const body = bodyOf(statement, reader, depth);
  return name === undefined ? [] : [{ name, ...(rule && { rule }), bases, ...body }];
}

function enumOf(statement: Statement, reader: StatementReader): EnumNode[] {
  const { name } = reader.read('enumHeader', statement.tokens, createDraft());
  const values = (statement.body ?? []).flatMap(({ tokens }) => {
    const isOption = tokens[0]?.tokenType === t.Option && tokens[1]?.tokenType !== t.Equals;
    const value = reader.read(isOption ? 'optionLine' : 'enumValue', tokens, createDraft());
    return value.name && value.number ? [{ name: value.name, number: value.number }] : [];
  });
  return name === undefined ? [] : [{ name, values }];
}

function ruleOf(text: Word | undefined, reader: StatementReader): Omit<RuleNode, 'name'> {
  // Without a text the grammar has said so already.
  if (text === undefined) return { text: '', references: [] };
  const { fault, ...parsed } = parseRule(text);
  if (fault) reader.say(fault.word, fault.fault);
  return { text: text.text.trim(), ...parsed };
}

type Body = Mutable<Pick<MessageNode, 'options' | 'members' | 'enums' | 'messages'>>;

function bodyOf({ tokens, body: statements = [] }: Statement, reader: StatementReader, depth: number): Body {
  const body: Body = { options: [], members: [], enums: [], messages: [] };
  const [header] = tokens;
  if (depth > MAX_DEPTH && header) {
    reader.say(header, {
      code: 'nested-too-deep',
      message: `more than ${MAX_DEPTH} messages within each other`,
    });
    return body;
  }
  for (const written of statements) {
    const statement = mend(written, 0, MEMBERS, reader);
    const [first] = statement.tokens;
    if (first === undefined) continue;
    switch (first.tokenType) {
      case t.Option:
        body.options.push(...reader.read('optionLine', statement.tokens, createDraft()).options);
        break;
      case t.Message:
        body.messages.push(...messageOf(statement, reader, depth + 1));
        break;
      case t.Enum:
        body.enums.push(...enumOf(statement, reader));
        break;
      case t.Extensions:
        reader.read('extensionsLine', statement.tokens, createDraft());
        break;
      case t.Extend:
      case t.Import:
      case t.Package:
      case t.Policy:
        reader.say(first, {
          code: 'misplaced-statement',
          message: `\`${first.image}\` belongs outside of a message`,
        });
        break;
      default:
        body.members.push(...readMember(statement, reader));
    }
  }
  return body;
}

const MEMBERS = [t.Message, t.Enum, t.Option, t.Extensions];

function readMember(written: Statement, reader: StatementReader): MemberNode[] {
  const isLinkLike = written.tokens.some(({ tokenType }) => tokenType === t.Arrow);
  const modified = mend(written, 0, t.MODIFIERS, reader);
  const statement = isLinkLike ? mend(modified, 1, t.LINKS, reader) : modified;
  const isLink = statement.tokens.slice(0, 2).some((token) => tokenMatcher(token, t.LinkWord));
  const oneToMany = statement.tokens.find(({ tokenType }) => tokenType === t.OneToMany);
  if (oneToMany && isLink) reader.say(oneToMany, ONE_TO_MANY);
  const draft = reader.read(isLink ? 'link' : 'field', statement.tokens, createDraft());
  const member = memberOf(draft, isLink ? 'link' : 'field');
  return member === undefined ? [] : [member];
}

const ONE_TO_MANY = {
  code: 'onetomany',
  message: '`onetomany` is not a link that one writes',
  hint: 'it is the reverse of a `manytoone`, which the other model declares: `manytoone src->Peer:reverse_name`',
};

/** Take a misspelt keyword for the one that it is near to, and say so; the rest of the statement is then read. */
function mend(
  statement: Statement,
  at: number,
  words: readonly TokenType[],
  reader: StatementReader,
): Statement {
  const token = statement.tokens[at];
  const after = statement.tokens[at + 1];
  if (token?.tokenType !== t.Name || after === undefined || !isWord(after)) return statement;
  const meant = nearest(
    token.image,
    words.map(({ name }) => name),
  );
  const type = words.find(({ name }) => name === meant);
  if (meant === undefined || type === undefined) return statement;
  const message = `\`${quotable(token.image)}\` is not a keyword`;
  reader.say(token, { code: 'unknown-keyword', message, hint: `did you mean ${meant}?` });
  const { startOffset, startLine, startColumn, endOffset, endLine, endColumn } = token;
  const [line, column] = [startLine ?? 1, startColumn ?? 1];
  const mended = createTokenInstance(
    type,
    meant,
    startOffset,
    endOffset ?? startOffset,
    line,
    endLine ?? line,
    column,
    endColumn ?? column,
  );
  return { ...statement, tokens: statement.tokens.with(at, mended) };
}

function isWord(token: IToken): boolean {
  return token.tokenType === t.Name || tokenMatcher(token, t.Keyword) || tokenMatcher(token, t.Text);
}

function misplaced(token: IToken): { code: string; message: string; hint?: string } {
  if (tokenMatcher(token, t.Keyword)) {
    return { code: 'misplaced-statement', message: `\`${token.image}\` belongs into a message` };
  }
  const message = `expected a definition, found \`${quotable(token.image)}\``;
  return {
    code: 'syntax',
    message,
    hint: 'a file holds message, enum, extend, import, package, option and policy',
  };
}
