import { EMPTY_BASES } from './bookkeeping.ts';
import { add, diagnose, lineOf, type Fault } from './places.ts';
import type { Diagnostic } from './diagnostic.ts';
import { didYouMean } from './suggest.ts';
import type { EnumNode, MessageNode, SyntaxTree, Word } from './syntax-tree.ts';

export interface Message {
  readonly kind: 'message';
  readonly tree: SyntaxTree;
  readonly node: MessageNode;
  readonly name: string;
}

interface Enumeration {
  readonly kind: 'enum';
  readonly tree: SyntaxTree;
  readonly node: EnumNode;
  readonly name: string;
  /** The names of its values: one list, shared by all fields of this type. */
  readonly values: readonly string[];
}

/** What the names of a program mean. Names of models are unique in it, whatever their packages. */
export interface Scope {
  readonly messages: ReadonlyMap<string, Message>;
  /** What `word` names, written in `owner`, whose own enums come first. */
  readonly resolve: (word: Word, owner?: MessageNode) => Message | Enumeration | undefined;
  readonly say: Say;
  /** `did you mean …?` among models, or among the given names. */
  readonly suggest: (word: Word, among?: Iterable<string>) => string | undefined;
}

export type Say = (tree: SyntaxTree, word: Word, fault: Fault) => void;

export function createScope(trees: readonly SyntaxTree[], diagnostics: Diagnostic[]): Scope {
  const say: Say = (tree, word, fault) => {
    add(diagnostics, diagnose(tree, word, fault));
  };
  const messages = new Map<string, Message>();
  const enums = new Map<string, Enumeration>();
  const enumsOf = new Map<MessageNode, ReadonlyMap<string, Enumeration>>();
  for (const tree of trees) {
    for (const node of tree.messages) define(messages, { kind: 'message', tree, node, name: node.name.text });
    for (const node of tree.enums) define(enums, enumeration(tree, node));
    for (const message of tree.messages) {
      const own = message.enums.map((node) => [node.name.text, enumeration(tree, node)] as const);
      if (own.length > 0) enumsOf.set(message, new Map(own));
    }
  }

  function define<T extends Message | Enumeration>(table: Map<string, T>, definition: T): void {
    const { tree, node, name } = definition;
    const first = messages.get(name) ?? enums.get(name);
    if (first === undefined) table.set(name, definition);
    else {
      const place = `${first.tree.file}:${lineOf(first.tree, first.node.name.offset)}`;
      say(tree, node.name, {
        code: 'duplicate-model',
        message: `\`${name}\` is already defined in ${place}`,
        hint: 'names of models and enums are unique in an installation',
      });
    }
  }

  // Each suggestion looks at every name: a file with thousands of unknown ones must not take minutes.
  let suggestions = 100;
  return {
    messages,
    say,
    resolve(word, owner) {
      const own = owner && enumsOf.get(owner)?.get(word.text);
      if (own !== undefined) return own;
      const dot = word.text.lastIndexOf('.');
      const name = word.text.slice(dot + 1);
      const found = messages.get(name) ?? enums.get(name);
      return dot < 0 || (found && answersTo(found.tree, word.text.slice(0, dot))) ? found : undefined;
    },
    suggest(word, among) {
      if (suggestions-- <= 0) return undefined;
      return didYouMean(word.text, among ?? [...messages.keys(), ...EMPTY_BASES]);
    },
  };
}

function enumeration(tree: SyntaxTree, node: EnumNode): Enumeration {
  return { kind: 'enum', tree, node, name: node.name.text, values: node.values.map(({ name }) => name.text) };
}

/** `pkg.Peer` may say the package, its last part, or the app label. */
function answersTo(tree: SyntaxTree, qualifier: string): boolean {
  const declared = tree.package?.text;
  return declared === qualifier || declared?.endsWith(`.${qualifier}`) === true || appOf(tree) === qualifier;
}

/** The `option app_label` of a file. */
export function appOf(tree: SyntaxTree): string | undefined {
  return optionOf(tree, 'app_label');
}

/** Bounds what many options times many models take; more is an error. */
export const MAX_OPTIONS = 50;

/** An option of a file, as text. */
export function optionOf({ options }: SyntaxTree, option: string): string | undefined {
  return options.slice(0, MAX_OPTIONS).findLast(({ name }) => name.text === option)?.value.text;
}

/** True for a file that stands in for Accord's own core models. */
export function isCore(tree: SyntaxTree): boolean {
  return appOf(tree) === 'core';
}
