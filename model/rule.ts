/**
 * The expression of an access rule (`policy NAME < … >`), as a tree. Plain JSON.
 *
 * It is read and kept, and evaluated by nobody yet.
 */
export type Rule =
  | { readonly kind: 'implies'; readonly left: Rule; readonly right: Rule }
  /** At least two operands; one that is in parentheses is an operand of its own. */
  | { readonly kind: 'or' | 'and'; readonly operands: readonly Rule[] }
  | { readonly kind: 'exists' | 'forall'; readonly symbol: string; readonly body: Rule }
  | { readonly kind: 'not'; readonly operand: Rule }
  | { readonly kind: 'equals' | 'in'; readonly left: Rule; readonly right: Rule }
  /** `*site_policy(site)`: what another rule says of something. */
  | { readonly kind: 'rule'; readonly name: string; readonly of: string }
  /** `ctx.user.is_admin` */
  | { readonly kind: 'symbol'; readonly name: string }
  /** `obj.slices.all()` */
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Rule[] }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  /** `{{ … }}`: kept, and never run. */
  | { readonly kind: 'python'; readonly code: string };

/** Write a rule as xproto has it, with no more parentheses than it needs; what is written parses as the same tree. */
export function printRule(rule: Rule): string {
  switch (rule.kind) {
    case 'implies':
      return `${within(rule.left, 'or')} -> ${within(rule.right, 'implies')}`;
    case 'or':
      return rule.operands.map((one) => within(one, 'and')).join(' | ');
    case 'and':
      return rule.operands.map((one) => within(one, 'not')).join(' & ');
    case 'exists':
    case 'forall':
      return `${rule.kind} ${rule.symbol}: ${printRule(rule.body)}`;
    case 'not':
      return `not ${within(rule.operand, 'not')}`;
    case 'equals':
      return `${within(rule.left, 'symbol')} = ${within(rule.right, 'symbol')}`;
    case 'in':
      return `${within(rule.left, 'symbol')} in ${within(rule.right, 'symbol')}`;
    case 'rule':
      return `*${rule.name}(${rule.of})`;
    case 'symbol':
      return rule.name;
    case 'call':
      return `${rule.name}(${rule.arguments.map(printRule).join(', ')})`;
    case 'string':
      return quoted(rule.value);
    case 'number':
      return String(rule.value);
    case 'boolean':
      return rule.value ? 'True' : 'False';
    case 'python':
      return `{{ ${rule.code} }}`;
  }
}

// How tightly a kind of expression holds together. A quantifier takes all that follows it: within another
// expression it is always put in parentheses.
const STRENGTH = {
  ...{ exists: 0, forall: 0, implies: 1, or: 2, and: 3, not: 4, equals: 5, in: 5 },
  ...{ rule: 6, symbol: 6, call: 6, string: 6, number: 6, boolean: 6, python: 6 },
} as const satisfies Record<Rule['kind'], number>;

/** `rule` where something is wanted that holds together at least as `least` does. */
function within(rule: Rule, least: Rule['kind']): string {
  return STRENGTH[rule.kind] < STRENGTH[least] ? `(${printRule(rule)})` : printRule(rule);
}

/** A string has one line and, as in options, Python's escapes. */
function quoted(text: string): string {
  const escaped = text.replace(/[\\"\n\r\t]/g, (character) => ESCAPES[character] ?? character);
  return `"${escaped}"`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};
