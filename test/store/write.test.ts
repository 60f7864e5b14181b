import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Refusal } from '../../store/errors.ts';
import { field, link, model } from '../support/models.ts';
import { createTestStore, type TestStore } from '../support/store.ts';

const ME = { name: 'a test' };
let store: TestStore;

beforeAll(async () => {
  store = await createTestStore(
    [
      model('Color', {
        fields: [field('name', { maxLength: 10, unique: true }), field('html_code', { default: '#000000' })],
      }),
      model('Page', {
        fields: [
          field('title', { maxLength: 20 }),
          field('size', { type: 'int32', minValue: 1, nullable: true }),
          field('kind', { choices: ['a', 'b'], default: 'a' }),
          field('password', { secret: true, nullable: true }),
          field('backend_handle', { state: 'feedback', nullable: true }),
        ],
        links: [
          link('foreground', 'Color'),
          link('background', 'Color'),
          link('next', 'Page'),
          link('all', 'Color', { kind: 'manytomany' }),
        ],
      }),
      model('Note', {}),
      model('Host', {
        fields: [
          field('name', { maxLength: 5, contentType: 'stripped', nullable: true }),
          field('ip', { contentType: 'ip', nullable: true, blank: true }),
          field('url', { contentType: 'url', nullable: true }),
          field('since', { contentType: 'date', nullable: true }),
          field('mac', { contentType: 'mac', nullable: true }),
          field('tags', { repeated: true, nullable: true }),
        ],
      }),
    ],
    { withoutStep: ['Note'] },
  );
});
afterAll(() => store.drop());

const create = (name: string, fields: Record<string, unknown>) =>
  store.write(ME, (tx) => tx.create(name, fields));

async function refusal(work: Promise<unknown>): Promise<Refusal> {
  const error: unknown = await work.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  if (!(error instanceof Refusal)) throw new Error(`expected a refusal, got ${String(error)}`);
  return error;
}

describe('a new object', () => {
  test('gets its defaults, waits for its step, and is in the outbox in the same transaction', async () => {
    const ref = await create('Color', { name: 'red' });
    expect(await store.get(ref)).toMatchObject({
      declarative: { name: 'red', html_code: '#000000' },
      version: 1,
      generation: 1,
      enacted: null,
      state: 'Waiting',
      backend_code: 0,
    });
    expect(await store.database.query('select reason from outbox where object_id = $1', [ref.id])).toEqual([
      { reason: 'changed' },
    ]);
  });

  test('is clean at once when nobody acts on its model', async () => {
    const ref = await create('Note', { name: 'x' });
    expect(await store.get(ref)).toMatchObject({
      enacted: 1,
      state: 'Synced',
      backend_code: 1,
      backend_status: 'OK',
    });
    expect(await store.database.query('select 1 from outbox where object_id = $1', [ref.id])).toEqual([]);
  });

  test('is refused with every fault at once, and nothing of the transaction is stored', async () => {
    const before = await store.list('Color');
    const { code, faults } = await refusal(
      store.write(ME, async (tx) => {
        await tx.create('Color', { name: 'half done' });
        await tx.create('Page', {
          size: 0,
          kind: 'c',
          titel: 'x',
          foreground: 999_999,
          background: { model: 'Page', id: 1 },
          backend_handle: 'mine',
          enacted: 3,
        });
      }),
    );
    expect(code).toBe('E_INVALID');
    expect(faults.map(({ message }) => message).sort()).toEqual([
      'Page has no field "titel"; did you mean title?',
      'backend_handle is feedback state: only a step writes it',
      expect.stringMatching(/^background: there is no Page\/1/),
      'enacted is bookkeeping: Accord writes it',
      'foreground: there is no Color/999999',
      'kind must be one of "a", "b"',
      'size must be at least 1',
      'title is required',
    ]);
    expect(await store.list('Color')).toEqual(before);
  });

  test.each([
    ['a NUL character', 'a\0b', /NUL/],
    ['a lone surrogate', 'a\ud800', /surrogate/],
    ['too many characters', 'x'.repeat(21), /at most 20 characters, has 21/],
    ['a number', 3, /must be text/],
    ['nothing', null, /must be text/],
    ['the empty text', '', /must not be empty/],
  ])('is refused when a text is %s', async (_what, title, message) => {
    expect((await refusal(create('Page', { title }))).message).toMatch(message);
  });

  test.each([
    ['ip', ['192.0.2.1/24', '192.0.2.256', 'fe80::1%eth0', 'localhost'], /ip must be an IP address/],
    ['url', ['example.org', 'mailto:a@b.c', ' https://a.b', 'http://a b/', 'http://['], /url must be a URL/],
    ['since', ['today', '2025-02-30', '2025-13-01', '2025-01-01T25:00', '1.1.2025'], /since must be a date/],
    ['name', ['   '], /name must not be empty/],
  ])('is refused when a text is not of its content type: %s', async (name, values, message) => {
    for (const value of values)
      expect((await refusal(create('Host', { [name]: value }))).message, value).toMatch(message);
  });

  test.each([
    ['ip', ['192.0.2.1', '2001:db8::1', '', null]],
    ['url', ['https://example.org/a?b#c', 'file:///a/b', 'http://[::1]:80/']],
    ['since', ['2024-02-29', '2025-12-31T23:59:59Z', '2020-01-01 12:00:00.123456+00:00']],
    ['mac', ['whatever it is']],
  ])('keeps a text that is of its content type: %s', async (name, values) => {
    for (const value of values) {
      const ref = await create('Host', { [name]: value });
      expect((await store.get(ref))?.declarative[name]).toBe(value);
    }
  });

  test('is stripped of blanks where the model says so, and measured thereafter', async () => {
    const ref = await create('Host', { name: '  a b c\n' });
    expect((await store.get(ref))?.declarative['name']).toBe('a b c');
  });

  test('counts characters as people do', async () => {
    const ref = await create('Page', { title: '🐘'.repeat(20) });
    expect((await store.get(ref))?.declarative['title']).toBe('🐘'.repeat(20));
  });

  test('of a model that does not exist is refused with the nearest name', async () => {
    const { code, message } = await refusal(create('Colour', {}));
    expect([code, message]).toEqual(['E_UNKNOWN_MODEL', 'there is no model "Colour"; did you mean Color?']);
  });

  test('with a unique value that is taken is refused, naming who has it', async () => {
    const ref = await create('Color', { name: 'unique' });
    const { code, message } = await refusal(create('Color', { name: 'unique' }));
    expect([code, message]).toEqual(['E_CONFLICT', `name must be unique, and is taken by Color/${ref.id}`]);
  });
});

describe('a change', () => {
  test('that clears a list leaves an empty one', async () => {
    const host = await create('Host', { tags: ['a'] });
    await store.write(ME, (tx) => tx.update(host, { tags: null }));
    expect(await store.database.query('select declarative from objects where id = $1', [host.id])).toEqual([
      { declarative: expect.objectContaining({ tags: [] }) as unknown },
    ]);
  });

  test('is read as an empty list where an older version has stored null for one', async () => {
    const host = await create('Host', { tags: ['a'] });
    await store.database.query(
      `update objects set declarative = declarative || '{"tags": null}' where id = $1`,
      [host.id],
    );
    expect((await store.get(host))?.declarative['tags']).toEqual([]);
  });

  test('raises version and generation, and clears with null', async () => {
    const color = await create('Color', { name: 'c1' });
    const page = await create('Page', { title: 'p', foreground: color, all: [color] });
    await store.write(ME, (tx) => tx.update(page, { title: 'q', foreground: null, all: null }));
    expect(await store.get(page)).toMatchObject({
      version: 2,
      generation: 2,
      declarative: { title: 'q', foreground: null, all: [] },
    });
    expect(await store.database.query('select 1 from links where src = $1', [page.id])).toEqual([]);
  });

  test('that changes nothing declarative is no change', async () => {
    const color = await create('Color', { name: 'c2' });
    const page = await create('Page', { title: 'p', foreground: color });
    await store.database.query('delete from outbox');
    await store.write(ME, (tx) => tx.update(page, { title: 'p', foreground: color.id }));
    expect(await store.get(page)).toMatchObject({ version: 1, generation: 1 });
    expect(await store.database.query('select 1 from outbox', [])).toEqual([]);
  });

  test('made against an older version is refused, and shows the current object', async () => {
    const page = await create('Page', { title: 'p' });
    await store.write(ME, (tx) => tx.update(page, { title: 'q' }, { version: 1 }));
    const { code, current } = await refusal(
      store.write(ME, (tx) => tx.update(page, { title: 'r' }, { version: 1 })),
    );
    expect(code).toBe('E_STALE');
    expect(current).toMatchObject({ version: 2, declarative: { title: 'q' } });
  });

  test('gives back a unique value', async () => {
    const first = await create('Color', { name: 'given' });
    await store.write(ME, (tx) => tx.update(first, { name: 'other' }));
    await expect(create('Color', { name: 'given' })).resolves.toMatchObject({ model: 'Color' });
  });

  test('of a secret is in the audit trail without its value', async () => {
    const page = await create('Page', { title: 'p', password: 'hunter2' });
    await store.write(ME, (tx) => tx.update(page, { password: 'hunter3' }));
    const events = await store.database.query<{ detail: object }>(
      'select detail from events where object_id = $1',
      [page.id],
    );
    expect(JSON.stringify(events)).not.toContain('hunter');
    expect(events.at(-1)?.detail).toEqual({
      before: { password: '(secret)' },
      after: { password: '(secret)' },
    });
  });
});

describe('a circle of dependencies', () => {
  test('is refused at the write that closes it, naming it', async () => {
    const first = await create('Page', { title: '1' });
    const second = await create('Page', { title: '2', next: first });
    const third = await create('Page', { title: '3', next: second });
    const { code, message } = await refusal(store.write(ME, (tx) => tx.update(first, { next: third })));
    const names = [first, third, second, first].map(({ model: name, id }) => `${name}/${id}`).join(' → ');
    expect([code, message]).toEqual(['E_CYCLE', `that would close a circle of dependencies: ${names}`]);
    expect((await store.get(first))?.declarative['next']).toBeNull();
  });

  test('of one alone is none: it need not wait for itself', async () => {
    const page = await create('Page', { title: '1' });
    await store.write(ME, (tx) => tx.update(page, { next: page }));
    expect((await store.get(page))?.declarative['next']).toEqual(page);
  });

  test('is refused when two close it at the same moment', async () => {
    for (let round = 0; round < 20; round += 1) {
      const first = await create('Page', { title: '1' });
      const second = await create('Page', { title: '2' });
      const both = await Promise.allSettled([
        store.write(ME, (tx) => tx.update(first, { next: second })),
        store.write(ME, (tx) => tx.update(second, { next: first })),
      ]);
      expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    }
  });
});

describe('a deletion', () => {
  test('is refused while live objects link to it, naming them', async () => {
    const color = await create('Color', { name: 'used' });
    const page = await create('Page', { title: 'p', foreground: color });
    const { code, dependents, message } = await refusal(store.write(ME, (tx) => tx.remove(color)));
    expect([code, dependents]).toEqual(['E_IN_USE', [page]]);
    expect(message).toContain(`Page/${page.id}`);
  });

  test('with cascade marks all that depend on it', async () => {
    const color = await create('Color', { name: 'root' });
    const first = await create('Page', { title: '1', foreground: color });
    const second = await create('Page', { title: '2', next: first, background: color });
    const marked = await store.write(ME, (tx) => tx.remove(color, { cascade: true }));
    expect(marked).toEqual([color, first, second]);
    expect((await store.get(second))?.state).toBe('Deleting');
  });

  test('with cascade is refused as a whole by one that is write-protected', async () => {
    const color = await create('Color', { name: 'kept' });
    const page = await create('Page', { title: 'p', foreground: color, write_protect: true });
    const { code } = await refusal(store.write(ME, (tx) => tx.remove(color, { cascade: true })));
    expect(code).toBe('E_PROTECTED');
    expect(await store.get(color)).toMatchObject({ deleted: false });
    expect(await store.get(page)).toMatchObject({ deleted: false });
  });

  test('removes at once what nobody acts on', async () => {
    const note = await create('Note', { name: 'x' });
    await store.write(ME, (tx) => tx.remove(note));
    expect(await store.get(note)).toBeNull();
  });

  test('keeps a unique value until the object is gone', async () => {
    const color = await create('Color', { name: 'leaving' });
    await store.write(ME, (tx) => tx.remove(color));
    expect((await refusal(create('Color', { name: 'leaving' }))).message).toContain('which is being deleted');
  });

  test('leaves nothing to link to', async () => {
    const color = await create('Color', { name: 'going' });
    await store.write(ME, (tx) => tx.remove(color));
    expect((await refusal(create('Page', { title: 'p', foreground: color }))).message).toContain(
      'is being deleted',
    );
  });
});

test('two processes may bring the schema up at the same time', async () => {
  await Promise.all([store.ensureSchema(), store.ensureSchema()]);
});
