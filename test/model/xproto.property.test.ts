import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { linkModels } from '../../model/link.ts';
import { parseXproto } from '../../model/parse.ts';
import { readCorpus, surviveAs } from './fuzz-corpus.ts';
import { model } from './program.ts';
import { survive } from './survive.ts';

const CORE_TEXT = readFileSync(new URL('../../model/core.xproto', import.meta.url), 'utf8');

const name = fc.stringMatching(/^[a-z_][a-z\d_]{0,12}$/).map((text) => `f_${text}`);
/** Any text that a string holds: no line ends, no control characters. */
const text = fc.string({ unit: 'grapheme', maxLength: 20 }).map((raw) => raw.replace(/\p{C}/gu, ''));
const quote = fc.constantFrom('"', "'");
const gap = fc.constantFrom(' ', '  ', '\n', '\r\n', '\t', ' /* ; } > */ ', ' // " } ;\n');

const field = fc.record({
  name,
  type: fc.constantFrom('string', 'int32', 'bool', 'double'),
  modifier: fc.constantFrom('required', 'optional', 'repeated'),
  helpText: text,
  secret: fc.boolean(),
  state: fc.constantFrom('declarative', 'feedback'),
  quote,
});
const link = fc.record({
  name,
  kind: fc.constantFrom('manytoone', 'manytomany', 'onetoone'),
  peer: fc.constantFrom('Site', 'Slice', 'M'),
  modifier: fc.constantFrom('required', 'optional'),
  reverse: fc.option(name),
});

type Field = typeof field extends fc.Arbitrary<infer T> ? T : never;
type Link = typeof link extends fc.Arbitrary<infer T> ? T : never;

function quoted(value: string, mark: string): string {
  return mark + value.replaceAll('\\', '\\\\').replaceAll(mark, `\\${mark}`) + mark;
}

function printField(one: Field, number: number, space: string): string {
  const options = [
    `help_text${space}=${quoted(one.helpText, one.quote)}`,
    `secret=${one.secret ? 'True' : 'False'}`,
    ...(one.state === 'feedback' ? [`feedback_state${space}= True`] : []),
  ];
  return [one.modifier, one.type, one.name, '=', String(number), `[${options.join(`,${space}`)}]`, ';'].join(
    space,
  );
}

function printLink(one: Link, number: number, space: string): string {
  const reverse = one.reverse === null ? '' : `:${one.reverse}`;
  return [one.modifier, one.kind, `${one.name}->${one.peer}${reverse}`, '=', `${number}:1001`, ';'].join(
    space,
  );
}

test('what is printed is parsed as the same definition, whatever stands between the words', () => {
  const members = fc
    .uniqueArray(fc.oneof(field, link), { selector: (one) => one.name, maxLength: 8 })
    .filter(
      (all) => new Set(all.map((one) => ('reverse' in one ? one.reverse : one.name))).size === all.length,
    );
  fc.assert(
    fc.property(members, text, quote, gap, (all, description, mark, space) => {
      const lines = all.map((one, i) =>
        'kind' in one ? printLink(one, i + 1, space) : printField(one, i + 1, space),
      );
      const header = ['message', 'M', '(', 'XOSBase', ')', '{'].join(space);
      const option = `option${space}description = ${quoted(description, mark)};`;
      const parsed = model('M', `option app_label = "app";${header}${option}${lines.join(space)}}`);

      const fields = all.filter((one): one is Field => !('kind' in one));
      const links = all.filter((one): one is Link => 'kind' in one);
      expect(parsed.description).toBe(description);
      expect(parsed.fields.slice(1)).toMatchObject(
        fields.map((one) => ({
          name: one.name,
          type: one.type,
          repeated: one.modifier === 'repeated',
          nullable: one.modifier !== 'required',
          state: one.state,
          secret: one.secret,
          helpText: one.helpText,
        })),
      );
      expect(parsed.links).toMatchObject(
        links.map((one) => ({
          name: one.name,
          kind: one.kind,
          peer: one.peer,
          nullable: one.modifier === 'optional',
          ...(one.reverse === null ? {} : { reverseName: one.reverse }),
        })),
      );
    }),
    { numRuns: 300 },
  );
});

const WORDS = CORE_TEXT.match(/\w+|"[^"]*"|[^\s\w]/g) ?? [];

test('no sequence of words crashes it', () => {
  const words = fc.array(fc.constantFrom(...new Set(WORDS), 'policy', '<', '>', '"', "'", '/*', '//', 'x'), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(words, (all) => void survive(all.join(' '))),
    { numRuns: 2000 },
  );
});

test('no text crashes it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => void survive(text)),
    { numRuns: 1000 },
  );
});

test('no mutation of a good file crashes it', () => {
  const sample = CORE_TEXT.slice(0, 6000);
  const change = fc.record({
    at: fc.nat(sample.length),
    remove: fc.nat(40),
    insert: fc.oneof(
      fc.constant(''),
      fc.constantFrom(...new Set(WORDS), '\n', '}', '{', '[', '"'),
      fc.string({ maxLength: 5 }),
    ),
  });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
      const mutated = changes.reduce(
        (before, { at, remove, insert }) => before.slice(0, at) + insert + before.slice(at + remove),
        sample,
      );
      survive(mutated);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ['opening braces', '{'],
  ['closing braces', '}'],
  ['unclosed messages', 'message M {\n'],
  ['unclosed quotes', '"\n'],
  ['unclosed rules', 'policy p < {{ /* \n'],
  ['fields without anything', 'message M { required; }\n'],
  ['misspelt keywords', 'mesage M (XOSBase) { requird strnig a = 1; }\n'],
  ['characters of no meaning', '§ '],
])('300 kB of %s are done with, and its faults can be listed', (_, unit) => {
  const source = unit.repeat(Math.ceil(300_000 / unit.length));
  const { tree, diagnostics } = parseXproto('f', source);
  expect(diagnostics.length).toBeGreaterThan(0);
  expect(diagnostics.length).toBeLessThan(20_010);
  linkModels([tree]);
});

test('a megabyte of good models is linked', () => {
  const copies = Math.ceil(1_000_000 / CORE_TEXT.length);
  const source = Array.from({ length: copies }, (_, i) => renamed(i)).join('\n');
  const { tree, diagnostics } = parseXproto('f', source);
  const linked = linkModels([tree]);
  expect(diagnostics).toEqual([]);
  expect(linked.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(linked.models).toHaveLength(linkModels([parseXproto('f', CORE_TEXT).tree]).models.length * copies);
});

test('what fuzzing has found worth keeping is read or refused in order', () => {
  const corpus = readCorpus();
  expect(new Set(corpus.map(({ kind }) => kind)).size).toBe(4);
  for (const sample of corpus) surviveAs(sample);
});

/** The core models once more, each with another name and linked among themselves. */
function renamed(copy: number): string {
  if (copy === 0) return CORE_TEXT;
  const models = CORE_TEXT.slice(CORE_TEXT.indexOf('message Site'));
  const text = models.replaceAll(/^message (\w+)/gm, `message $1_${copy}`);
  return text
    .replaceAll(/->(\w+)/g, `->$1_${copy}`)
    .replaceAll(/option plural = "(\w+)"/g, `option plural = "$1${copy}"`);
}
