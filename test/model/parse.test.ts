import { describe, expect, test } from 'vitest';
import { parseXproto } from '../../model/parse.ts';

/** What is said of `text`, as `line:column+length message`. */
function said(text: string): string[] {
  return parseXproto('f.xproto', text).diagnostics.map(
    ({ line, column, length, message }) => `${line}:${column}+${length} ${message}`,
  );
}

const inMessage = (line: string): string[] => said(`message M (XOSBase) {\n${line}\n}`);

describe('a syntax error', () => {
  test.each([
    ['string a = 1;', '2:1+6 a field or link begins with `required`, `optional` or `repeated`'],
    ['required string a = 1 [null = True,];', '2:35+1 the last option has no comma behind it'],
    ['required string a = 1 [null = True blank = True];', '2:36+5 a comma is missing between two options'],
    ['required string a;', '2:18+1 expected `=` after `a`, found `;`'],
    ['required string a = ;', '2:21+1 expected a number after `=`, found `;`'],
    ['required string a = 1', '2:22+1 expected `;` after `1`'],
    ['required string = 1;', '2:17+1 expected a name after `string`, found `=`'],
    [
      'required string a = 1 [null = ];',
      '2:31+1 expected a value: a string, a number or a name after `=`, found `]`',
    ],
    ['required string a = 1 [null = True;', '2:35+1 expected `]` after `True`, found `;`'],
    ['required string option = 1;', '2:17+6 `option` is a keyword and cannot be a name'],
    ['required string string = 1;', '2:17+6 `string` is a keyword and cannot be a name'],
    ['requird string a = 1;', '2:1+7 `requird` is not a keyword'],
    ['required onetomany a->B:c = 1;', '2:10+9 `onetomany` is not a link that one writes'],
    ['required manytone a->B = 1;', '2:10+8 `manytone` is not a keyword'],
    ['required manytoone a B = 1;', '2:22+1 expected `->` after `a`, found `B`'],
    ['required manytoone a->B: = 1;', '2:24+1 a reverse name belongs behind `:`'],
    ['required manytoone a-> = 1;', '2:24+1 expected a name after `->`, found `=`'],
    ['required string a = 1 [default = "x];', '2:34+4 this string is not closed on its line'],
    ['policy p < true >', '2:1+6 `policy` belongs outside of a message'],
    ['required string ä = 1;', '2:17+1 unexpected `ä`'],
  ])('in `%s` is said in place', (line, expected) => {
    expect(inMessage(line)).toContain(expected);
  });

  test.each([
    ['required string a = 1;', '1:1+8 `required` belongs into a message'],
    ['nonsense', '1:1+8 expected a definition, found `nonsense`'],
    ['mesage M (XOSBase) {}', '1:1+6 `mesage` is not a keyword'],
    ['message (XOSBase) {}', '1:9+1 expected a name after `message`, found `(`'],
    ['message M XOSBase) {}', '1:11+7 expected `{` after `M`, found `XOSBase`'],
    ['message M (XOSBase {}', '1:20+1 expected `)` after `XOSBase`, found `{`'],
    ['message M (XOSBase) {', '1:1+7 this `message` is never closed: a `}` is missing'],
    ['message M (XOSBase) {} }', '1:24+1 `}` closes nothing'],
    ['policy p < x', '1:13+1 expected `>`'],
    ['/* no end', '1:1+9 this comment is never closed by `*/`'],
    ['import core;', '1:12+1 expected a string after `core`, found `;`'],
    ['enum E { A }', '1:11+1 expected `=` after `A`'],
  ])('at the top level in `%s` is said in place', (text, expected) => {
    expect(said(text)).toContain(expected);
  });

  test('does not hide the others: all of a file come in one pass, in order', () => {
    const text = [
      'message A (XOSBase) {',
      '  string a = 1;',
      '  required string b = 2',
      '  required string c = 3 [x = , y 4];',
      '}',
      'garbage;',
      'message B (XOSBase { optional int32 = 1; }',
    ].join('\n');
    const lines = parseXproto('f', text).diagnostics.map(({ line }) => line);
    expect(lines).toEqual([2, 3, 4, 4, 6, 7, 7]);
  });

  test('leaves what stands around it understood', () => {
    const { tree } = parseXproto('f', 'message A (XOSBase) { required string a; required string b = 2; }');
    expect(tree.messages[0]?.members).toMatchObject([
      { kind: 'broken', name: { text: 'a' } },
      { kind: 'field', name: { text: 'b' } },
    ]);
  });

  test('of a missing brace is blamed on the message that the margin tells', () => {
    const text = 'message A (XOSBase) {\n  optional string a = 1;\n\nmessage B (XOSBase) {\n}\n';
    const { tree, diagnostics } = parseXproto('f', text);
    expect(diagnostics.map(({ line, code }) => [line, code])).toEqual([[1, 'unclosed-block']]);
    expect(tree.messages.map(({ name }) => name.text)).toEqual(['A', 'B']);
  });
});

describe('the grammar', () => {
  test('reads every kind of statement', () => {
    const { tree, diagnostics } = parseXproto(
      'f',
      `\uFEFF// comment\r\nimport "core.xproto"; package a.b; option name = 'x'; option kind = bare;
      policy p < a -> b >
      enum E { A = 0; B = 1 [x = 1]; }
      message M::p (Base, pkg.Other) {
        option text = "it's \\"so\\"";
        extensions 100 to 199, 300 to max;
        enum F { C = -1; }
        message N { required string z = 1; }
        required string message = 1 [];
        repeated a.b.E max::p = 2 [a = 1, b = -2.5, c = 'x', d = None];
        required manytoone l->pkg.Peer/Through:back = 3:1001 [x = True];
        optional onetoone m->Peer:back+ = 4;
        repeated manytomany n->Peer:+ = 5;
      };
      extend M { optional bool y = 6; }`,
    );
    expect(diagnostics).toEqual([]);
    expect(tree).toMatchObject({
      package: { text: 'a.b' },
      imports: [{ text: 'core.xproto' }],
      rules: [{ name: { text: 'p' }, text: 'a -> b' }],
      extensions: [{ name: { text: 'M' } }],
    });
    expect(tree.messages[0]).toMatchObject({
      rule: { text: 'p' },
      bases: [{ text: 'Base' }, { text: 'pkg.Other' }],
      options: [{ value: { kind: 'string', text: 'it\'s "so"' } }],
      members: [
        { name: { text: 'message' }, options: [] },
        {
          name: { text: 'max' },
          type: { text: 'a.b.E' },
          options: [{}, { value: { kind: 'number', text: '-2.5' } }, {}, {}],
        },
        {
          kind: 'link',
          peer: { text: 'pkg.Peer' },
          through: { text: 'Through' },
          reverseNumber: { text: '1001' },
        },
        { reverse: { suppressed: true, name: { text: 'back' } } },
        { reverse: { suppressed: true } },
      ],
    });
  });

  test.each([
    ['a -> b', 'an arrow'],
    ['a >= b', 'a comparison'],
    ['a = "x > y"', 'a string'],
    ["a = 'x > y'", 'a string in single quotes'],
    ['a // x > y\n', 'a comment'],
    ['a /* x > y */ b', 'a long comment'],
    ["{{ ' ' not in obj.name and 2 > 1 }}", 'an escape to Python'],
    ["the person's b", 'an apostrophe'],
    ['a\n& message_type = b\n', 'a line that begins like a keyword'],
  ])('does not end the rule `%s` at the `>` of %s', (text) => {
    const { tree, diagnostics } = parseXproto('f', `policy p < ${text} > policy q < x >`);
    // What is no expression is said to be none, but it ends where it ends.
    expect(diagnostics.filter(({ code }) => code !== 'bad-rule')).toEqual([]);
    expect(tree.rules.map((rule) => rule.text)).toEqual([text.trim(), 'x']);
  });

  test('lets a rule that nobody closed cost no more than itself', () => {
    const { tree, diagnostics } = parseXproto('f', 'policy p < a\nmessage M (XOSBase) {}');
    expect(diagnostics).toMatchObject([{ line: 1, column: 13, message: 'expected `>`' }]);
    expect(tree.messages).toHaveLength(1);
  });
});
