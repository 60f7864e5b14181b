import { isBookkeeping } from './bookkeeping.ts';
import type { ModelDefinition, RuleDefinition } from './definition.ts';
import type { Diagnostic } from './diagnostic.ts';
import { lintField } from './lint-field.ts';
import { lintLink } from './lint-link.ts';
import { lintPattern } from './lint-pattern.ts';
import { add, diagnose, type Fault } from './places.ts';
import type { SyntaxTree, Word } from './syntax-tree.ts';

/**
 * Find what is no fault and yet likely not meant, beyond what linking says: `accord check` looks, nothing else does.
 *
 * Cost: O(text).
 */
export function lintModels(
  trees: readonly SyntaxTree[],
  models: readonly ModelDefinition[],
  rules: readonly RuleDefinition[],
): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const known = new Map(models.map((model) => [model.name, model]));
  const used = usedRules(trees, rules);
  for (const tree of trees) {
    const say = (word: Word, fault: Fault): void => add(diagnostics, diagnose(tree, word, fault));
    for (const message of tree.messages) {
      const model = known.get(message.name.text);
      if (model !== undefined) lintPattern(message.options, model, known, say);
      for (const member of message.members) {
        if (member.kind === 'broken' || isBookkeeping(member.name.text)) continue;
        if (member.kind === 'link') lintLink(member, say);
        else
          lintField(
            member,
            model?.fields.find(({ name }) => name === member.name.text),
            say,
          );
      }
    }
    for (const { name } of tree.rules) {
      if (used.has(name.text)) continue;
      const message = `no model, field or rule names the access rule \`${name.text}\``;
      say(name, {
        severity: 'warning',
        code: 'unused-rule',
        message,
        hint: `remove it, or write \`message M::${name.text}\``,
      });
    }
  }
  return diagnostics;
}

function usedRules(trees: readonly SyntaxTree[], rules: readonly RuleDefinition[]): ReadonlySet<string> {
  const guarding = rules.filter(({ guards }) => guards.length > 0).map(({ name }) => name);
  const named = trees.flatMap((tree) =>
    tree.rules.flatMap(({ name, references }) =>
      references.map(({ text }) => text).filter((text) => text !== name.text),
    ),
  );
  return new Set([...guarding, ...named]);
}
