import { isBookkeeping, RESERVED_NAMES, STANDING_NAMES } from './bookkeeping.ts';
import { MOST_OF_A_NAME } from './naming.ts';
import { lineOf } from './places.ts';
import { isCore, type Message, type Scope } from './scope.ts';
import { quotable } from './strings.ts';
import type { EnumNode, MemberNode, SyntaxTree, Word } from './syntax-tree.ts';

/** Check what a message says by itself: names and numbers, each used once and fit for use. */
export function checkAsWritten(scope: Scope, message: Message, members: readonly MemberNode[]): void {
  const { tree, node } = message;
  checkLength(scope, tree, node.name);
  const names = new Map<string, Word>();
  const numbers = new Map<number, Word>();
  for (const member of members) {
    checkName(scope, message, member);
    once(names, member.name.text, member.name, (first) => {
      const text = `\`${member.name.text}\` is already a name of \`${message.name}\` (line ${lineOf(tree, first.offset)})`;
      scope.say(tree, member.name, { code: 'duplicate-name', message: text });
    });
    if (member.kind === 'broken') continue;
    const number = numberOf(scope, tree, member.number);
    if (number !== undefined) {
      once(numbers, number, member.name, (first) => {
        const text = `number ${number} is already that of \`${first.text}\` (line ${lineOf(tree, first.offset)})`;
        scope.say(tree, member.number, { code: 'duplicate-number', message: text });
      });
    }
    if (member.kind === 'link' && member.reverseNumber) checkReverseNumber(scope, tree, member.reverseNumber);
  }
  for (const link of members) {
    if (link.kind !== 'link') continue;
    const clash = names.get(`${link.name.text}_id`);
    if (clash) {
      const text = `\`${clash.text}\` is how the link \`${link.name.text}\` is called in REST: choose another name`;
      scope.say(tree, clash, { code: 'reserved-name', message: text });
    }
  }
  for (const enumeration of node.enums) checkEnum(scope, tree, enumeration);
  for (const { name } of node.messages) {
    const text = `\`${name.text}\` is defined within \`${message.name}\`: it is no model, and nothing can link to it`;
    scope.say(tree, name, {
      severity: 'warning',
      code: 'nested-message',
      message: text,
      hint: 'move it to the top level',
    });
  }
}

/** Check that the names and numbers of an enum are each used once. */
export function checkEnum(scope: Scope, tree: SyntaxTree, { name: enumName, values }: EnumNode): void {
  const names = new Map<string, Word>();
  const numbers = new Map<number, Word>();
  for (const { name, number } of values) {
    once(names, name.text, name, () => {
      const text = `\`${name.text}\` is already a name of \`${enumName.text}\``;
      scope.say(tree, name, { code: 'duplicate-name', message: text });
    });
    once(numbers, Number(number.text), name, (first) => {
      scope.say(tree, number, {
        code: 'duplicate-number',
        message: `number ${number.text} is already that of \`${first.text}\``,
      });
    });
  }
  if (values.length === 0) {
    scope.say(tree, enumName, { code: 'empty-enum', message: `\`${enumName.text}\` has no values` });
  }
}

function checkLength(scope: Scope, tree: SyntaxTree, name: Word): void {
  if (name.text.length <= MOST_OF_A_NAME) return;
  const text = `\`${quotable(name.text)}\` has ${name.text.length} characters: a name may have ${MOST_OF_A_NAME}`;
  scope.say(tree, name, { code: 'name-too-long', message: text });
}

function checkName(scope: Scope, { tree, name: model }: Message, { kind, name }: MemberNode): void {
  checkLength(scope, tree, name);
  const ofFields = kind === 'link' ? undefined : STANDING_NAMES.get(name.text);
  const meaning = RESERVED_NAMES.get(name.text) ?? ofFields;
  if (meaning !== undefined) {
    const text = `no field can be called \`${name.text}\`: that is ${meaning}`;
    scope.say(tree, name, { code: 'reserved-name', message: text });
  } else if (isBookkeeping(name.text) && (kind === 'link' || !isCore(tree))) {
    const text = `\`${name.text}\` is a column of Accord's own; what \`${model}\` says of it has no effect`;
    scope.say(tree, name, {
      severity: 'warning',
      code: 'bookkeeping-field',
      message: text,
      hint: 'choose another name',
    });
  }
}

function numberOf(scope: Scope, tree: SyntaxTree, word: Word): number | undefined {
  const number = Number(word.text);
  if (Number.isSafeInteger(number) && number >= 1 && number < 2 ** 29) return number;
  scope.say(tree, word, {
    code: 'bad-number',
    message: `\`${word.text}\` is no field number: these are whole, from 1 on`,
  });
  return undefined;
}

function checkReverseNumber(scope: Scope, tree: SyntaxTree, word: Word): void {
  const number = Number(word.text);
  if (Number.isInteger(number) && number >= 1000 && number <= 1899) return;
  const message = `the reverse number \`${word.text}\` is not between 1000 and 1899`;
  scope.say(tree, word, { code: 'bad-reverse-number', message, hint: 'it may also be left out' });
}

function once<K>(seen: Map<K, Word>, key: K, word: Word, again: (first: Word) => void): void {
  const first = seen.get(key);
  if (first === undefined) seen.set(key, word);
  else again(first);
}
