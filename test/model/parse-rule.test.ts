import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRule, type ParsedRule } from '../../model/parse-rule.ts';
import { parseXproto } from '../../model/parse.ts';
import { printRule, type Rule } from '../../model/rule.ts';
import { program } from './program.ts';

const parse = (text: string): ParsedRule => parseRule({ text, offset: 0, length: text.length });

/** With every expression in parentheses that has parts, so that the tree can be seen. */
function shown(rule: Rule | undefined): string {
  if (rule === undefined) return 'nothing';
  if ('operands' in rule) return `(${rule.operands.map(shown).join(rule.kind === 'or' ? ' | ' : ' & ')})`;
  if ('left' in rule) return `(${shown(rule.left)} ${SIGNS[rule.kind]} ${shown(rule.right)})`;
  if ('body' in rule) return `(${rule.kind} ${rule.symbol}: ${shown(rule.body)})`;
  return 'operand' in rule ? `(not ${shown(rule.operand)})` : printRule(rule);
}

const SIGNS = { implies: '->', equals: '=', in: 'in' };

describe('a rule', () => {
  test.each([
    ['a -> b -> c', '(a -> (b -> c))'],
    ['a | b -> c & d', '((a | b) -> (c & d))'],
    ['a & b | c & d', '((a & b) | (c & d))'],
    ['a & (b | c)', '(a & (b | c))'],
    ['a | (b | c)', '(a | (b | c))'],
    ['not a = b & c', '((not (a = b)) & c)'],
    ['not not a', '(not (not a))'],
    ['a in b & c = d', '((a in b) & (c = d))'],
    ['(a | b) = True', '((a | b) = True)'],
    ['exists P: a & b | c -> d', '(exists P: (((a & b) | c) -> d))'],
    ['a & exists P: b | c', '(a & (exists P: (b | c)))'],
    ['(exists P: b) | c', '((exists P: b) | c)'],
    ['not forall P: a & b', '(not (forall P: (a & b)))'],
    ['a -> exists P: forall Q: b & c', '(a -> (exists P: (forall Q: (b & c))))'],
    ['*site_policy(obj.site) & *p(x)', '(*site_policy(obj.site) & *p(x))'],
    ['obj.slice in obj.network.slices.all()', '(obj.slice in obj.network.slices.all())'],
    ['f(a, b | c) = -1.5', '(f(a, b | c) = -1.5)'],
    ['{{ len(obj.name) > 3 }} & x', '({{ len(obj.name) > 3 }} & x)'],
    ['a = \'it "is"\' // why\n | /* or */ b', '((a = "it \\"is\\"") | b)'],
    ['notes & inner | exists_already', '((notes & inner) | exists_already)'],
  ])('`%s` means %s', (text, tree) => {
    const { rule, fault } = parse(text);
    expect(fault).toBeUndefined();
    expect(shown(rule)).toBe(tree);
  });

  test.each([
    ['a &', '3+1 expected an expression, the rule ends'],
    ['a b', '2+1 expected the end of the rule, found `b`'],
    ['a = b = c', '6+1 comparisons do not follow each other'],
    ['(a', '2+1 expected `)`, the rule ends'],
    ['a)', '1+1 expected the end of the rule, found `)`'],
    ['exists: a', '6+1 expected a name after `exists`, found `:`'],
    ['exists P a', '9+1 expected `:` after `exists P`, found `a`'],
    ['*(a)', '1+1 expected the name of a rule after `*`, found `(`'],
    ['*p(a & b)', '5+1 expected `)`, found `&`'],
    ['a >= b', '2+1 expected the end of the rule, found `>`'],
    ['a = "x', '4+1 expected an expression, found `"`'],
    ['{{ x', '0+1 expected an expression, found `{`'],
    ['a & 💥', '4+2 expected an expression, found `💥`'],
  ])('`%s` has its fault in place', (text, expected) => {
    const { rule, fault } = parse(text);
    expect(rule).toBeUndefined();
    expect(`${fault?.word.offset ?? ''}+${fault?.word.length ?? ''} ${fault?.fault.message ?? ''}`).toBe(
      expected,
    );
  });

  test('says where in the file its fault is, and the others are read all the same', () => {
    const { tree, diagnostics } = parseXproto('f', 'policy a <\n  x & & y >\npolicy b < x >');
    expect(diagnostics).toMatchObject([{ code: 'bad-rule', line: 2, column: 7, length: 1 }]);
    expect(tree.rules.map(({ name, rule }) => [name.text, rule?.kind])).toEqual([
      ['a', undefined],
      ['b', 'symbol'],
    ]);
  });

  test('is kept with what it guards, and may name only rules that are there', () => {
    const text = `option app_label = "app"; policy a < x > policy b < *a(x) & *c(x) >
      message M::a (XOSBase) { required string s::b = 1; } message N::a (XOSBase) {}`;
    const { rules, diagnostics } = program(text);
    expect(rules).toMatchObject([
      { name: 'a', text: 'x', expression: { kind: 'symbol', name: 'x' }, guards: ['M', 'N'] },
      { name: 'b', guards: ['M.s'] },
    ]);
    expect(diagnostics).toContainEqual(
      expect.objectContaining({
        code: 'unknown-rule',
        line: 1,
        column: 62,
        message: 'no rule is called `c`',
      }),
    );
  });
});

const name = fc.stringMatching(/^[a-z_]{1,4}(\.[a-z_]{1,4})?$/).filter((text) => !/\b(not|in)\b/.test(text));
const line = fc
  .string({ unit: 'grapheme', maxLength: 12 })
  .map((text) => text.replace(/[\v\f\u2028\u2029]/g, ''));
const { rule: anyRule } = fc.letrec<{ rule: Rule }>((tie) => ({
  rule: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ kind: fc.constant('symbol'), name }),
    fc.record({ kind: fc.constant('string'), value: line }),
    fc.record({
      kind: fc.constant('number'),
      value: fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
    }),
    fc.record({ kind: fc.constant('boolean'), value: fc.boolean() }),
    fc.record({ kind: fc.constant('python'), code: line.map((text) => text.replaceAll('}', '').trim()) }),
    fc.record({ kind: fc.constant('rule'), name, of: name }),
    fc.record({ kind: fc.constant('call'), name, arguments: fc.array(tie('rule'), { maxLength: 2 }) }),
    fc.record({ kind: fc.constant('not'), operand: tie('rule') }),
    fc.record({ kind: fc.constantFrom('implies', 'equals', 'in'), left: tie('rule'), right: tie('rule') }),
    fc.record({ kind: fc.constantFrom('exists', 'forall'), symbol: name, body: tie('rule') }),
    fc.record({
      kind: fc.constantFrom('or', 'and'),
      operands: fc.array(tie('rule'), { minLength: 2, maxLength: 3 }),
    }),
  ),
}));

test('what is printed is parsed as the same tree', () => {
  fc.assert(
    fc.property(anyRule, (rule) => {
      expect(parse(printRule(rule))).toMatchObject({ rule });
    }),
    { numRuns: 1000 },
  );
});

test('no words crash it, and its fault stands in the text', () => {
  const word = fc.constantFrom(
    ...[
      'a',
      'not',
      'in',
      'exists',
      'P',
      ':',
      '(',
      ')',
      '&',
      '|',
      '->',
      '=',
      '*',
      ',',
      '"x',
      '{{',
      '}}',
      '1',
      '/*',
      '-',
    ],
  );
  fc.assert(
    fc.property(
      fc.array(fc.oneof(word, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 30 }),
      (words) => {
        const text = words.join(' ');
        const { rule, fault } = parse(text);
        expect(rule === undefined).toBe(fault !== undefined);
        if (fault) expect(fault.word.offset).toBeLessThanOrEqual(text.length);
      },
    ),
    { numRuns: 1000 },
  );
});

test.each(['(', 'not ', 'a -> ', 'exists P: ', 'f(', '{{ ', '/* ', '"', 'a & ', 'a b '])(
  '300 kB of `%s` are done with',
  (unit) => {
    const { rule, fault } = parse(unit.repeat(Math.ceil(300_000 / unit.length)));
    expect([rule, typeof fault?.fault.message]).toEqual([undefined, 'string']);
  },
);

test('100,000 operands are no depth', () => {
  const { rule } = parse(Array.from({ length: 100_000 }, () => 'a').join(' & '));
  expect(rule?.kind === 'and' && rule.operands).toHaveLength(100_000);
});
