import { describe, expect, test } from 'vitest';
import { BOOKKEEPING } from '../../model/bookkeeping.ts';
import { parseXproto } from '../../model/parse.ts';
import { linkModels } from '../../model/link.ts';
import { faults, message, model, program, said } from './program.ts';

const app = (text: string): string => `option app_label = "app";\n${text}`;

describe('a fault of the whole', () => {
  test.each([
    ['message M (Nothing) {}', '2:12 unknown-base', 'builds on `Nothing`'],
    ['message M (XOSBsae) {}', '2:12 unknown-base', 'did you mean XOSBase?'],
    ['enum E { A = 0; } message M (E) {}', '2:30 unknown-base', 'is an enum'],
    ['message A (A) {}', '2:12 base-cycle', '`A` is its own base'],
    ['message A (B) {} message B (C) {} message C (A) {}', '2:46 base-cycle', 'A → B → C → A'],
    ['message M (XOSBase) {} message M (XOSBase) {}', '2:32 duplicate-model', 'a.xproto:2'],
    ['message Tag (XOSBase) {}', '2:9 duplicate-model', 'core.xproto'],
    ['message M (XOSBase) {} enum M { A = 0; }', '2:29 duplicate-model', 'already defined'],
    [
      'message M (XOSBase) { option plural = "a/b"; }',
      '2:39 bad-option-value',
      'cannot be part of an address',
    ],
    [
      'message M (XOSBase) {} message N (XOSBase) { option plural = "ms"; }',
      '2:32 duplicate-plural',
      'both be served under `app/ms`',
    ],
    ['extend Nobody { optional bool b = 1; }', '2:8 unknown-base', 'names no model of this file'],
    ['import "other.xproto";', '2:8 import-not-given', 'does not load it'],
    ['message M::nobody (XOSBase) {}', '2:12 unknown-rule', 'no rule is called `nobody`'],
    ['policy p < true >', '2:8 rules-not-enforced', 'kept, but not enforced'],
    ['message M (XOSBase) { message N { } }', '2:31 nested-message', 'it is no model'],
    [
      'message M (XOSBase) { option owner_class_name = "Site"; }',
      '2:49 option-does-not-apply',
      'no link `owner`',
    ],
    [
      'message M (ServiceInstance) { option owner_class_name = "Srvice"; }',
      '2:57 unknown-peer',
      'did you mean Service?',
    ],
    [
      'message M (ServiceInstance) { option owner_class_name = "Site"; }',
      '2:57 unknown-peer',
      'no descendant',
    ],
  ])('in `%s` is said in place', (text, expected, words) => {
    expect(faults(app(text))).toEqual([expected]);
    const [first] = said(app(text));
    expect(`${first?.message ?? ''} ${first?.hint ?? ''}`).toContain(words);
  });

  test.each([
    ['required string a = 1; required bool a = 2;', 'duplicate-name'],
    ['required string a = 1; required bool b = 1;', 'duplicate-number'],
    ['required string a = 0;', 'bad-number'],
    ['required string a = 1.5;', 'bad-number'],
    ['required string id = 1;', 'reserved-name'],
    ['required string model = 1;', 'reserved-name'],
    ['optional string __proto__ = 1;', 'reserved-name'],
    ['required string state = 1;', 'reserved-name'],
    ['optional int32 generation = 1;', 'reserved-name'],
    ['optional int32 failures = 1;', 'reserved-name'],
    ['optional string next_attempt_at = 1;', 'reserved-name'],
    ['repeated string root = 1;', 'reserved-name'],
    [`required string ${'a'.repeat(64)} = 1;`, 'name-too-long'],
    ['optional manytoone a->Site = 1; optional int32 a_id = 2;', 'reserved-name'],
    ['required string enacted = 1;', 'bookkeeping-field'],
    ['required manytoone a->Site:b = 1:999;', 'bad-reverse-number'],
    ['required manytoone a->Site:b = 1:1900;', 'bad-reverse-number'],
    ['required manytoone a->Nowhere:b = 1;', 'unknown-peer'],
    ['required manytoone a->XOSBase:b = 1;', 'unknown-peer'],
    ['required manytoone a->elsewhere.Site:b = 1;', 'unknown-peer'],
    ['required strnig a = 1;', 'unknown-type'],
    ['required Site a = 1;', 'model-as-type'],
    ['enum E { A = 0; A = 1; }', 'duplicate-name'],
    ['enum E { A = 0; B = 0; }', 'duplicate-number'],
    ['enum E { }', 'empty-enum'],
    ['required string a = 1 [null = Maybe];', 'bad-option-value'],
    ['required string a = 1 [max_length = "x"];', 'bad-option-value'],
    ['required string a = 1 [max_length = -1];', 'bad-option-value'],
    ['required string a = 1 [choices = "a, b"];', 'bad-option-value'],
    ["required int32 a = 1 [choices = \"(('x', 'X'),)\"];", 'bad-option-value'],
    ['required string a = 1 [unique_with = "b c"];', 'bad-option-value'],
    ['required string a = 1 [unique_with = "b"];', 'unknown-field'],
    ['required string a = 1 [unique_with = "a"];', 'unknown-field'],
    ['required string a = 1 [max_lenght = 3];', 'unknown-option'],
    ['required string a = 1 [secrte = True];', 'unknown-option'],
    ['required string a = 1 [text = True, text = False];', 'duplicate-option'],
    ['required string a = 1 [content_type = "dat"];', 'unknown-content-type'],
    ['required bool a = 1 [max_length = 3];', 'option-does-not-apply'],
    ['required string a = 1 [min_value = 3];', 'option-does-not-apply'],
    ['optional manytoone a->Site = 1 [default = 3];', 'option-does-not-apply'],
    ['required int32 a = 1 [default = "x"];', 'bad-default'],
    ['required int32 a = 1 [default = 2147483648];', 'bad-default'],
    ['required int32 a = 1 [default = 1.5];', 'bad-default'],
    ['required uint32 a = 1 [default = -1];', 'bad-default'],
    ['required bool a = 1 [default = 1];', 'bad-default'],
    ['required string a = 1 [default = None];', 'bad-default'],
    ['repeated string a = 1 [default = "x"];', 'bad-default'],
    ['required string a = 1 [default = "abc", max_length = 2];', 'bad-default'],
    ['required string a = 1 [default = "c", choices = "((\'a\', \'A\'),)"];', 'bad-default'],
    ['required string a = 1 [default = some_function];', 'computed-default'],
    ['required string a = 1 [default = "now()"];', 'computed-default'],
    ['required bool a = 1 [feedback_state = True, bookkeeping_state = True];', 'two-state-classes'],
    ['required bool a = 1 [bookkeeping_state = True];', 'bookkeeping-field'],
    ['optional manytoone a->Site = 1 [feedback_state = True];', 'feedback-link'],
    ['option xos_links = "Instance by instance";', 'bad-xos-link'],
    ['option xos_links = "Nothing via a";', 'bad-xos-link'],
    ['option xos_links = "Site via a";', 'bad-xos-link'],
    ['optional manytoone a->Site = 1; option xos_links = "Node via a";', 'bad-xos-link'],
    ['optional manytoone a->Site = 1; option xos_links = "Site via a into nmae";', 'bad-xos-link'],
    ['optional manytoone a->Site:b = 1; optional manytoone c->Site:b = 2;', 'duplicate-reverse-name'],
    ['optional manytoone a->Site:name = 1;', 'duplicate-reverse-name'],
  ])('of a message with `%s` is %s', (body, code) => {
    expect(said(message(body)).map((one) => one.code)).toEqual([code]);
  });

  test('does not follow from another one: what refers to a broken field is not at fault', () => {
    expect(faults(message('required string a; required string b = 2 [unique_with = "a"];'))).toEqual([
      '2:18 syntax',
    ]);
  });

  test('is said of the right file, in the order of the files', () => {
    const trees = ['message A (X) {}', 'message B (Y) {}'].map(
      (text, i) => parseXproto(`${i}.xproto`, app(text)).tree,
    );
    expect(linkModels(trees.toReversed()).diagnostics.map(({ file }) => file)).toEqual([
      '1.xproto',
      '0.xproto',
    ]);
  });

  test('of a missing app_label is a warning, for the file name will do', () => {
    const { models, diagnostics } = program('message M (XOSBase) {}');
    expect(diagnostics.map(({ severity, code }) => [severity, code])).toEqual([['warning', 'no-app-label']]);
    expect(models.at(-1)).toMatchObject({ name: 'M', app: 'a' });
  });
});

describe('a model', () => {
  test('has Accord`s columns as no fields, and backend_handle as one', () => {
    const names = model('Site', app('')).fields.map(({ name }) => name);
    expect(names).toContain('backend_handle');
    expect(names.filter((name) => Object.hasOwn(BOOKKEEPING, name))).toEqual([]);
  });

  test('that does not build on XOSBase is one like any other', () => {
    const own =
      'message User2 (AbstractBaseUser, PlModelMixIn) { required string created = 1; required bool a = 2; }';
    const { models, diagnostics } = program(app(own));
    const fields = models.find(({ name }) => name === 'User2')?.fields;
    expect(fields?.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'backend_handle feedback',
      'a declarative',
    ]);
    expect(diagnostics.map(({ severity }) => severity)).toEqual(['warning']);
  });

  test('inherits fields, links and options, and overrides in place', () => {
    const text = app(`
      option kind = "file"; option shared = "file";
      message A (XOSBase) { option kind = "A"; option tag = "A"; option description = "of A";
        required string a = 1 [max_length = 5]; required string b = 2; optional manytoone l->Site:as = 3; }
      message B (A) { option shared = "B"; required string a = 1 [max_length = 9]; optional bool c = 2; }`);
    const b = model('B', text);
    expect(b.fields.map(({ name, maxLength }) => [name, maxLength])).toEqual([
      ['backend_handle', 1024],
      ['a', 9],
      ['b', undefined],
      ['c', undefined],
    ]);
    expect(b.links.map(({ name }) => name)).toEqual(['l']);
    expect(b).toMatchObject({
      bases: ['A'],
      description: '',
      options: { kind: 'file', shared: 'B', tag: 'A' },
    });
  });

  test.each([
    ['required string a = 1;', 'optional manytoone a->Site = 1;'],
    ['required string a = 1;', 'required int32 a = 1;'],
    ['required string a = 1;', 'repeated string a = 1;'],
    ['optional manytoone a->Site = 1;', 'optional onetoone a->Site = 1;'],
  ])('cannot redeclare the inherited `%s` as `%s`', (before, after) => {
    const text = app(`message A (XOSBase) { ${before} }\nmessage B (A) { ${after} }`);
    expect(faults(text)).toEqual([`3:${after.indexOf(' a') + 18} redeclared-differently`]);
  });

  test('builds on models of other files and packages', () => {
    const base = 'package x.y; option app_label = "base"; message Base (XOSBase) { required bool a = 1; }';
    const own = app(
      'message M (y.Base) { required manytoone b->base.Base:ms = 1; required manytoone c->x.y.Base:m2 = 2; }',
    );
    expect(model('M', own, base)).toMatchObject({
      app: 'app',
      bases: ['Base'],
      links: [{ peer: 'Base' }, { peer: 'Base' }],
    });
  });

  test('narrows its owner to the class that the option names, and so do its descendants', () => {
    const text = app(
      `message S (Service) {} message I (ServiceInstance) { option owner_class_name = "S"; } message J (I) {}`,
    );
    for (const name of ['I', 'J']) {
      expect(model(name, text).links.find((link) => link.name === 'owner')).toMatchObject({
        peer: 'Service',
        narrowed: 'S',
      });
    }
  });

  test('says what its xos_links are', () => {
    const body = 'option xos_links = "Instance via instance into ip, Port via instance.ports";';
    expect(model('M', app(`message M (TenantWithContainer) { ${body} }`)).xosLinks).toEqual([
      { model: 'Instance', via: 'instance', into: 'ip' },
      { model: 'Port', via: 'instance.ports' },
    ]);
  });

  test('is extended by `extend`', () => {
    const text = app('message M (XOSBase) {} extend M { required bool a = 1; }');
    expect(model('M', text).fields.map(({ name }) => name)).toEqual(['backend_handle', 'a']);
  });

  test('may have fields with the names of what every JavaScript object has', () => {
    const names = ['constructor', 'valueOf', 'toString', 'hasOwnProperty'];
    const fields = names.map(
      (name, i) => `required string ${name} = ${i + 1} [unique_with = "${names[0] ?? ''}"];`,
    );
    const text = app(
      `option __proto__ = "x"; message M (XOSBase) { ${fields.slice(1).join('')} required string constructor = 9; }`,
    );
    const m = model('M', text);
    expect(m.fields.map(({ name }) => name).toSorted()).toEqual(['backend_handle', ...names].toSorted());
    expect(Object.keys(m.options)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(m.options)).toBe(Object.prototype);
  });

  test('has names for people and for addresses', () => {
    const text = app('message HTTPProxyRule (XOSBase) { required string tenant_message = 1; }');
    const { plural, verboseName, fields } = model('HTTPProxyRule', text);
    expect([plural, verboseName, fields[1]?.verboseName]).toEqual([
      'httpproxyrules',
      'HTTP Proxy Rule',
      'tenant message',
    ]);
  });
});

describe('a field', () => {
  const field = (declaration: string): unknown => model('M', message(declaration)).fields[1];

  test('says all that its options say', () => {
    const text = `optional string a = 1 [blank = False, default = "x", min_length = 1, max_length = 9, unique = True,
      unique_with = "b, c", content_type = "stripped", text = True, secret = True, help_text = "H", verbose_name = "V",
      feedback_state = True]; required bool b = 2; required bool c = 3;`;
    expect(field(text)).toEqual({
      name: 'a',
      type: 'string',
      repeated: false,
      state: 'feedback',
      nullable: true,
      blank: false,
      default: 'x',
      minLength: 1,
      maxLength: 9,
      unique: true,
      uniqueWith: ['b', 'c'],
      contentType: 'stripped',
      text: true,
      secret: true,
      helpText: 'H',
      verboseName: 'V',
    });
  });

  test.each([
    ['required string a = 1;', { nullable: false, blank: false }],
    ['optional string a = 1;', { nullable: true, blank: true }],
    ['required string a = 1 [null = True, blank = "True"];', { nullable: true, blank: true }],
    ['repeated int32 a = 1;', { repeated: true, nullable: true }],
    [
      'required int32 a = 1 [default = "5", min_value = -1, max_value = 9];',
      { default: 5, minValue: -1, maxValue: 9 },
    ],
    ['required float a = 1 [default = 3.5];', { default: 3.5 }],
    ['required bool a = 1 [default = "False"];', { default: false }],
    ['required string a = 1 [default = 5];', { default: '5' }],
    [
      "required string a = 1 [choices = \"((None, '-'), ('a', 'A'), ('b', 'B'), )\"];",
      { choices: ['a', 'b'] },
    ],
    [
      "required int32 a = 1 [choices = \"[[1, 'A'], ['2', 'B']]\", default = 2];",
      { choices: [1, 2], default: 2 },
    ],
    [
      'enum E { X = 0; Y = 1; } required E a = 1 [default = Y];',
      { type: 'enum', choices: ['X', 'Y'], default: 'Y' },
    ],
  ])('declared as `%s` means that', (declaration, expected) => {
    expect(field(declaration)).toMatchObject(expected);
  });

  test('with `None` as its default has none', () => {
    expect(field('optional string a = 1 [default = None];')).not.toHaveProperty('default');
  });
});

describe('a link', () => {
  const link = (declaration: string): unknown => model('M', message(declaration)).links[0];

  test.each([
    [
      'required manytoone a->Site:ms = 1:1001;',
      { kind: 'manytoone', peer: 'Site', reverseName: 'ms', nullable: false },
    ],
    ['optional manytoone a->Site = 1;', { nullable: true, unique: false, state: 'declarative' }],
    ['optional manytomany a->Site/M_site:ms = 1;', { through: 'M_site', state: 'declarative' }],
    ['optional onetoone a->Site = 1;', { unique: true }],
    ['required manytoone a->M:children = 1;', { peer: 'M' }],
    // REST calls it `root_id`: nothing takes it for what holds the object up.
    ['optional manytoone root->M = 1;', { peer: 'M' }],
  ])('declared as `%s` means that', (declaration, expected) => {
    expect(link(declaration)).toMatchObject(expected);
  });

  test.each(['required manytoone a->Site:+ = 1;', 'required manytoone a->Site:ms+ = 1;'])(
    '`%s` has no reverse',
    (text) => {
      expect(link(text)).not.toHaveProperty('reverseName');
    },
  );
});
