import type { Members } from './inherit.ts';
import type { ModelOptions } from './model-options.ts';
import type { Fault } from './places.ts';
import type { Message, Scope } from './scope.ts';
import { quotable } from './strings.ts';
import type { SyntaxTree, Word } from './syntax-tree.ts';
import type { Paths } from './xos-links.ts';

/** Check that the access rules which messages and other rules name exist, and say that none is enforced. */
export function checkRules(scope: Scope, trees: readonly SyntaxTree[]): void {
  const rules = new Set(trees.flatMap((tree) => tree.rules.map(({ name }) => name.text)));
  const check = (tree: SyntaxTree, word: Word | undefined): void => {
    if (word === undefined || rules.has(word.text)) return;
    const hint = scope.suggest(word, rules);
    const message = `no rule is called \`${word.text}\``;
    scope.say(tree, word, {
      severity: 'warning',
      code: 'unknown-rule',
      message,
      ...(hint !== undefined && { hint }),
    });
  };
  for (const tree of trees) {
    for (const { rule, members } of tree.messages) {
      check(tree, rule);
      for (const member of members) if (member.kind === 'field') check(tree, member.rule);
    }
    for (const { references } of tree.rules) for (const word of references) check(tree, word);
    const [first, ...others] = tree.rules;
    if (first === undefined) continue;
    const what =
      others.length === 0 ? 'this access rule is' : `this and ${others.length} more access rules are`;
    const message = `${what} kept, but not enforced`;
    scope.say(tree, first.name, { severity: 'warning', code: 'rules-not-enforced', message });
  }
}

/** An import loads nothing: all files of a program are given at once. */
export function checkImports(scope: Scope, tree: SyntaxTree, trees: readonly SyntaxTree[]): void {
  const stem = (file: string): string => file.replace(/^.*[\\/]/, '');
  const given = new Set(['core.xproto', ...trees.map(({ file }) => stem(file))]);
  for (const file of tree.imports) {
    if (given.has(stem(file.text))) continue;
    const message = `\`${quotable(file.text)}\` is not among the files given, and an import does not load it`;
    scope.say(tree, file, {
      severity: 'warning',
      code: 'import-not-given',
      message,
      hint: 'give all files at once',
    });
  }
}

/** Check that `unique_with` names fields and links of the same model. */
export function checkUniqueWith(scope: Scope, message: Message, members: Members): void {
  for (const { owner, node, field, link } of members.values()) {
    if (owner !== message || node.kind === 'broken') continue;
    const option = node.options.findLast(({ name }) => name.text === 'unique_with')?.value;
    for (const name of field?.uniqueWith ?? link?.uniqueWith ?? []) {
      if (option === undefined || (members.has(name) && name !== node.name.text)) continue;
      const text =
        name === node.name.text
          ? `\`${name}\` is unique with itself: write \`unique = True\``
          : `\`${node.name.text}\` is unique with \`${name}\`, which \`${message.name}\` does not have`;
      const hint = scope.suggest({ ...option, text: name }, members.keys());
      scope.say(message.tree, option, { code: 'unknown-field', message: text, hint });
    }
  }
}

/** The model that `option owner_class_name` narrows the link `owner` to. */
export function narrowedOwner(
  scope: Scope,
  message: Message,
  { ownerClassName: option, writers }: ModelOptions,
  members: Members,
  paths: Paths,
): string | undefined {
  if (option === undefined) return undefined;
  const owner = members.get('owner')?.link;
  const name = option.text;
  const say = (fault: Fault): void => {
    // An inherited option is said where it was written.
    if (writers.get('owner_class_name') === message) scope.say(message.tree, option, fault);
  };
  if (owner === undefined) {
    const text = `\`${message.name}\` has no link \`owner\` that \`owner_class_name\` could narrow`;
    say({ severity: 'warning', code: 'option-does-not-apply', message: text });
  } else if (!paths.hasModel(name)) {
    const text = `\`owner_class_name\` names \`${quotable(name)}\`, which is no known model`;
    say({ code: 'unknown-peer', message: text, hint: scope.suggest(option) });
  } else if (!paths.isDescendant(name, owner.peer)) {
    const text = `\`owner\` links to \`${owner.peer}\`, of which \`${name}\` is no descendant`;
    say({ code: 'unknown-peer', message: text });
  } else if (name !== owner.peer) return name;
  return undefined;
}
