import { checkAsWritten, checkEnum } from './as-written.ts';
import { BACKEND_HANDLE, EMPTY_BASES } from './bookkeeping.ts';
import type { ModelDefinition, RuleDefinition } from './definition.ts';
import type { Diagnostic } from './diagnostic.ts';
import { inherit, type Members } from './inherit.ts';
import { lineages } from './lineage.ts';
import { checkOptions, modelOptions, type ModelOptions } from './model-options.ts';
import { createPaths, indexReverses } from './paths.ts';
import { byPlace } from './parse.ts';
import { checkImports, checkRules, checkUniqueWith, narrowedOwner } from './cross-checks.ts';
import { createScope, type Message, type Scope } from './scope.ts';
import type { MemberNode, SyntaxTree, Word } from './syntax-tree.ts';
import { parseXosLinks } from './xos-links.ts';

export interface Linked {
  /** In the order of the files, and in each of the text. Sound only if no diagnostic is an error. */
  readonly models: readonly ModelDefinition[];
  readonly diagnostics: readonly Diagnostic[];
  /** In the same order. */
  readonly rules: readonly RuleDefinition[];
  /** Of each file: top-level messages, their own fields and links, and rules. */
  readonly counts: readonly FileCounts[];
}

export interface FileCounts {
  readonly file: string;
  readonly messages: number;
  readonly fields: number;
  readonly links: number;
  readonly policies: number;
}

/**
 * Link files into one program: resolve names across them, inherit fields and options, and check the whole.
 *
 * Never throws. Finds all faults that do not follow from others. Cost: O(text), but for suggestions, which
 * are limited in number.
 *
 * @param trees of `parseXproto`; one of them declares the core models (see `isCore`)
 */
export function linkModels(trees: readonly SyntaxTree[]): Linked {
  const diagnostics: Diagnostic[] = [];
  const scope = createScope(trees, diagnostics);
  const extended = extensionsOf(scope, trees);
  const written = (message: Message): readonly MemberNode[] => [
    ...message.node.members,
    ...(extended.get(message) ?? []),
  ];

  for (const message of scope.messages.values()) checkAsWritten(scope, message, written(message));
  for (const tree of trees) {
    for (const node of tree.enums) checkEnum(scope, tree, node);
    checkOptions(scope, tree);
    checkImports(scope, tree, trees);
  }
  checkRules(scope, trees);

  const ancestors = lineages(scope);
  const members = inherit(scope, ancestors, written);
  const models = defineModels(scope, ancestors, members);
  const rules = rulesOf(trees);
  return { models, rules, diagnostics: inFileOrder(trees, diagnostics), counts: trees.map(countsOf) };
}

function extensionsOf(scope: Scope, trees: readonly SyntaxTree[]): Map<Message, MemberNode[]> {
  const extended = new Map<Message, MemberNode[]>();
  for (const tree of trees) {
    for (const { name, members } of tree.extensions) {
      const message = scope.resolve(name);
      if (message?.kind === 'message' && message.tree === tree) {
        const before = extended.get(message);
        if (before === undefined) extended.set(message, [...members]);
        else before.push(...members);
      } else {
        const text = `\`extend ${name.text}\` names no model of this file`;
        scope.say(tree, name, { code: 'unknown-base', message: text, hint: scope.suggest(name) });
      }
    }
  }
  return extended;
}

function defineModels(
  scope: Scope,
  ancestors: ReadonlyMap<Message, readonly Message[]>,
  members: ReadonlyMap<Message, Members>,
): ModelDefinition[] {
  const models = [...scope.messages.values()].filter(({ name }) => !EMPTY_BASES.includes(name));
  const paths = createPaths(scope, ancestors, members, indexReverses(scope, models, members));
  const plurals = new Map<string, string>();
  return models.map((message) => {
    const line = ancestors.get(message) ?? [];
    const own = members.get(message) ?? new Map<never, never>();
    const options = modelOptions(scope, message, line);
    checkPlural(scope, message, options, plurals);
    checkUniqueWith(scope, message, own);
    const narrowed = narrowedOwner(scope, message, options, own, paths);
    const links = [...own.values()].flatMap(({ link }) => link ?? []);
    return {
      name: message.name,
      app: options.app,
      plural: options.plural,
      abstract: options.isAbstract,
      bases: line.map(({ name }) => name).filter((name) => !EMPTY_BASES.includes(name)),
      verboseName: options.verboseName,
      description: options.description,
      fields: [BACKEND_HANDLE, ...[...own.values()].flatMap(({ field }) => field ?? [])],
      links: links.map((link) =>
        link.name === 'owner' && narrowed !== undefined ? { ...link, narrowed } : link,
      ),
      xosLinks: options.xosLinks
        ? parseXosLinks(message.name, options.xosLinks, paths, (word, fault) => {
            // Inherited ones are said where they were written.
            if (options.writers.get('xos_links') === message) scope.say(message.tree, word, fault);
          })
        : [],
      options: options.remaining,
    };
  });
}

function checkPlural(
  scope: Scope,
  message: Message,
  { app, plural }: ModelOptions,
  plurals: Map<string, string>,
): void {
  const address = `${app}/${plural}`;
  const other = plurals.get(address);
  if (other === undefined) plurals.set(address, message.name);
  else {
    const text = `\`${message.name}\` and \`${other}\` would both be served under \`${address}\``;
    scope.say(message.tree, message.node.name, {
      code: 'duplicate-plural',
      message: text,
      hint: 'give one an `option plural`',
    });
  }
}

function rulesOf(trees: readonly SyntaxTree[]): RuleDefinition[] {
  const guards = new Map<string, string[]>();
  const add = (rule: Word | undefined, what: string): void => {
    if (rule === undefined) return;
    const others = guards.get(rule.text);
    if (others === undefined) guards.set(rule.text, [what]);
    else others.push(what);
  };
  for (const { name, rule: ofMessage, members } of trees.flatMap(({ messages }) => messages)) {
    add(ofMessage, name.text);
    for (const member of members)
      if (member.kind === 'field') add(member.rule, `${name.text}.${member.name.text}`);
  }
  return trees.flatMap((tree) =>
    tree.rules.map(({ name, text, rule }) => ({
      name: name.text,
      text,
      ...(rule && { expression: rule }),
      guards: guards.get(name.text) ?? [],
    })),
  );
}

function inFileOrder(trees: readonly SyntaxTree[], diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const order = new Map(trees.map(({ file }, index) => [file, index]));
  const rank = ({ file }: Diagnostic): number => order.get(file) ?? order.size;
  return diagnostics.toSorted((a, b) => rank(a) - rank(b) || byPlace(a, b));
}

function countsOf({ file, messages, rules }: SyntaxTree): FileCounts {
  const members = messages.flatMap((message) => message.members);
  const isLink = (member: MemberNode): boolean =>
    (member.kind === 'broken' ? member.of : member.kind) === 'link';
  const links = members.filter(isLink).length;
  return { file, messages: messages.length, fields: members.length - links, links, policies: rules.length };
}
