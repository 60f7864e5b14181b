import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ModelDefinition } from '../../model/definition.ts';
import { Refusal } from '../../store/errors.ts';
import { RegistrationRefused } from '../../store/registration.ts';
import { field, link, model } from '../support/models.ts';
import { createTestStore, type TestStore } from '../support/store.ts';

const ME = { name: 'a test' };
const COLOR = model('Color', { fields: [field('name')] });
const page = (more: Partial<ModelDefinition> = {}): ModelDefinition =>
  model('Page', { fields: [field('title')], links: [link('color', 'Color')], ...more });

let store: TestStore;
beforeEach(async () => {
  store = await createTestStore([COLOR, page()]);
});
afterEach(() => store.drop());

const create = (name: string, fields: Record<string, unknown>) =>
  store.write(ME, (tx) => tx.create(name, fields));

function registrationOf(
  definitions: readonly ModelDefinition[],
  more: { readonly version?: number; readonly synchronizer?: string; readonly hasStep?: boolean } = {},
) {
  const { hasStep = true, ...rest } = more;
  return {
    synchronizer: 'test',
    models: definitions.map((definition) => ({ definition, hasStep, hasPolicy: false })),
    ...rest,
  };
}

const change = (more: Partial<ModelDefinition>, options: { readonly accept?: boolean } = {}) =>
  store.register(registrationOf([COLOR, page(more)]), options);

async function failure(work: Promise<unknown>): Promise<Error> {
  return work.then(
    () => {
      throw new Error('expected it to fail');
    },
    (error: unknown) => error as Error,
  );
}

describe('a model that changes compatibly', () => {
  test('is accepted; what it has gained shows its default in older objects, and gives them nothing to do', async () => {
    const old = await create('Page', { title: 'a' });
    const { changes } = await change({
      fields: [
        field('title'),
        field('size', { type: 'int32', default: 3 }),
        field('note', { nullable: true }),
      ],
    });
    expect(changes).toEqual(['~ Page: + size, + note']);
    expect(await store.get(old)).toMatchObject({
      declarative: { title: 'a', size: 3, note: null },
      generation: 1,
    });
  });

  test('keeps what it has lost, for when it comes back', async () => {
    const old = await create('Page', { title: 'a' });
    await change({ fields: [] });
    expect((await store.get(old))?.declarative).toEqual({ color: null });
    await change({});
    expect((await store.get(old))?.declarative).toMatchObject({ title: 'a' });
  });

  test('brings a link that was to one into the form of one to many, and back', async () => {
    const color = await create('Color', { name: 'red' });
    const old = await create('Page', { title: 'a', color });
    await change({ links: [link('color', 'Color', { kind: 'manytomany' })] });
    expect((await store.get(old))?.declarative['color']).toEqual([color]);
    await change({});
    expect((await store.get(old))?.declarative['color']).toEqual(color);
  });

  test('brings what people wrote to where steps write it, when the field is a step’s now', async () => {
    const old = await create('Page', { title: 'a' });
    await change({ fields: [field('title', { state: 'feedback', nullable: true })] });
    expect(await store.get(old)).toMatchObject({ declarative: { color: null }, feedback: { title: 'a' } });
  });

  test('has other links from then on: a field that is no link any more keeps nothing from being deleted', async () => {
    const color = await create('Color', { name: 'red' });
    await create('Page', { title: 'a', color });
    expect(await failure(store.write(ME, (tx) => tx.remove(color)))).toBeInstanceOf(Refusal);
    await change({ links: [] });
    expect(await store.database.query('select src from links')).toEqual([]);
    await store.write(ME, (tx) => tx.remove(color));
  });

  test('has the links again that come back with it, as far as they lead anywhere', async () => {
    const color = await create('Color', { name: 'red' });
    const old = await create('Page', { title: 'a', color });
    await change({ links: [] });
    await change({});
    expect(await store.database.query('select src, dst, counts from links')).toEqual([
      { src: old.id, dst: color.id, counts: true },
    ]);
  });

  test('lets a new unique field be taken once only', async () => {
    await create('Page', { title: 'a' });
    await change({ fields: [field('title', { unique: true })] });
    expect(await failure(create('Page', { title: 'a' }))).toMatchObject({ code: 'E_CONFLICT' });
  });
});

describe('a model that does not allow what is stored', () => {
  const TIGHTER = { fields: [field('title', { maxLength: 3 }), field('size', { type: 'int32' })], links: [] };

  test('is refused at once for everything, naming the objects and what can be done; nothing has changed', async () => {
    const long = await create('Page', { title: 'abcdef' });
    await create('Page', { title: 'abc' });
    const error = await failure(change(TIGHTER));
    expect(error).toBeInstanceOf(RegistrationRefused);
    expect(error.message.split('\n')).toEqual([
      'synchronizer test was not registered: its models do not allow what is stored',
      `  Page/${long.id}: title must have at most 3 characters, has 6 (change the objects first, or give the model a default or null = True)`,
      `  Page/${long.id}, Page/${long.id + 1}: size is required (change the objects first, or give the model a default or null = True)`,
      'Change the objects, or the model, or see `accord migrate` for what can be done about it.',
    ]);
    expect((await store.models()).get('Page')?.definition).toEqual(page());
  });

  test('says so in a plan, which changes nothing', async () => {
    const long = await create('Page', { title: 'abcdef' });
    const registration = registrationOf([
      COLOR,
      page({ fields: [field('title', { maxLength: 3, nullable: true })] }),
    ]);
    const { changes, unfit } = await store.planRegistration(registration);
    expect(changes).toEqual(['~ Page: ~ title']);
    expect(unfit).toMatchObject([{ ref: long, remedy: null }]);
    expect((await store.models()).get('Page')?.definition).toEqual(page());
    expect(await store.get(long)).toMatchObject({ declarative: { title: 'abcdef' }, version: 1 });
  });

  test('is registered where the loss is accepted: that is a write to the objects, audited, and acted on', async () => {
    const long = await create('Page', { title: 'abcdef' });
    await change({ fields: [field('title', { maxLength: 3, default: '-' })] }, { accept: true });
    expect(await store.get(long)).toMatchObject({ declarative: { title: '-' }, version: 2, generation: 2 });
    const [audited] = await store.database.query<{ writer: string; detail: object }>(
      "select writer, detail from events where object_id = $1 and kind = 'updated'",
      [long.id],
    );
    expect(audited).toEqual({
      writer: 'accord migrate',
      detail: { before: { title: 'abcdef' }, after: { title: '-' } },
    });
  });

  test('is refused even so where there is nothing that would fit', async () => {
    await create('Page', { title: 'abcdef' });
    expect(await failure(change(TIGHTER, { accept: true }))).toBeInstanceOf(RegistrationRefused);
  });

  test('forgets what a step reported only where that is accepted, and has the step report it anew', async () => {
    const before = field('handle', { state: 'feedback', nullable: true });
    await change({ fields: [field('title'), before] });
    const old = await create('Page', { title: 'a' });
    await store.database.query(
      `update objects set feedback = '{"handle": "h-1"}', enacted = generation where id = $1`,
      [old.id],
    );
    const after = { fields: [field('title'), { ...before, type: 'int32' as const }] };
    expect((await failure(change(after))).message).toContain(
      `Page/${old.id}: handle must be a whole number (accepted, it becomes null)`,
    );
    await change(after, { accept: true });
    expect(await store.get(old)).toMatchObject({ feedback: { handle: null }, generation: 2, enacted: 1 });
  });

  test('is refused when two objects have what must be unique from now on', async () => {
    const first = await create('Page', { title: 'a' });
    const second = await create('Page', { title: 'a' });
    const error = await failure(change({ fields: [field('title', { unique: true })] }, { accept: true }));
    expect(error.message).toContain(
      `Page/${second.id}: title must be unique: Page/${first.id} has the same (change or delete the objects first)`,
    );
  });

  test('is refused when a link must lead elsewhere than it does', async () => {
    const color = await create('Color', { name: 'red' });
    const old = await create('Page', { title: 'a', color });
    const error = await failure(change({ links: [link('color', 'Page')] }));
    expect(error.message).toContain(
      `Page/${old.id}: color: Color/${color.id} is not a Page (accepted, it becomes null)`,
    );
  });

  test('lets go of what is being deleted as it is', async () => {
    const long = await create('Page', { title: 'abcdef' });
    await store.database.query('update objects set backend_need_delete = true where id = $1', [long.id]);
    await store.write(ME, (tx) => tx.remove(long));
    await change({ fields: [field('title', { maxLength: 3 })] });
  });
});

describe('a model that a synchronizer brings no longer', () => {
  test('is gone when it has no objects', async () => {
    expect((await store.register(registrationOf([COLOR]))).changes).toEqual(['- Page: removed']);
    expect([...(await store.models()).keys()]).toEqual(['Color']);
  });

  test('holds its objects until it is brought again', async () => {
    const old = await create('Page', { title: 'a' });
    expect((await store.register(registrationOf([COLOR]))).changes).toEqual([
      '- Page: its objects are held until some synchronizer has it again',
    ]);
    expect(await store.get(old)).toMatchObject({
      state: 'Paused',
      backend_status: 'no synchronizer has its model any more',
    });
    await change({});
    expect(await store.get(old)).toMatchObject({ state: 'Waiting' });
    expect(await store.database.query("select subject from outbox where kind = 'release'")).toEqual([
      { subject: 'model:Page' },
    ]);
  });

  test('goes to another that brings it too', async () => {
    await store.register(registrationOf([COLOR], { synchronizer: 'other', hasStep: false }));
    const red = await create('Color', { name: 'red' });
    expect((await store.register(registrationOf([page({ links: [] })]))).changes).toContain(
      '- Color: handed to other',
    );
    expect((await store.models()).get('Color')).toMatchObject({ synchronizer: 'other', hasStep: false });
    // Nobody acts on it any more, so it is what it should be.
    expect(await store.get(red)).toMatchObject({ state: 'Synced' });
  });
});

describe('a step', () => {
  test('that comes is new to the objects that there are', async () => {
    await store.register(registrationOf([COLOR, page()], { hasStep: false }));
    const old = await create('Page', { title: 'a' });
    expect(await store.get(old)).toMatchObject({ state: 'Synced' });
    const { changes } = await change({});
    expect(changes).toEqual(['~ Color: step, no policy now', '~ Page: step, no policy now']);
    expect(await store.get(old)).toMatchObject({ state: 'Waiting', generation: 2, enacted: 1 });
    expect(await store.database.query('select object_id from outbox')).toEqual([{ object_id: old.id }]);
  });
});

describe('an older version of a synchronizer', () => {
  test('is refused, and taken back where somebody says so', async () => {
    await store.register(registrationOf([COLOR, page()], { version: 2 }));
    const older = registrationOf([COLOR, page({ fields: [] })], { version: 1 });
    expect((await failure(store.register(older))).message).toBe(
      'synchronizer test was not registered: this is its version 1, and version 2 is registered. Start that one; to go ' +
        'back to this one, `accord migrate --accept` it',
    );
    await store.register(older, { accept: true });
    await store.register(older);
  });

  test('may be the same again: two workers of it start at any time', async () => {
    const registration = registrationOf([COLOR, page()], { version: 2 });
    await Promise.all([store.register(registration), store.register(registration)]);
    expect((await store.register(registration)).changes).toEqual([]);
  });
});

describe('removing a synchronizer', () => {
  test('is refused while its models have objects, and while a worker of it lives', async () => {
    const old = await create('Page', { title: 'a' });
    expect((await failure(store.removeSynchronizer(ME, 'test'))).message).toBe(
      'test was not removed: there are objects of Page; delete those first',
    );
    await store.write(ME, (tx) => tx.remove(old, { orphan: true }));
    await store.database.query("insert into workers (name, synchronizer) values ('w:1', 'test')");
    expect((await failure(store.removeSynchronizer(ME, 'test'))).message).toBe(
      'test was not removed: stop its workers first (w:1)',
    );
    await store.database.query('delete from workers');
    await store.removeSynchronizer(ME, 'test');
    expect([...(await store.models()).keys()]).toEqual([]);
  });

  test('of one that there is not says so', async () => {
    expect(await failure(store.removeSynchronizer(ME, 'tset'))).toMatchObject({ code: 'E_NOT_FOUND' });
  });
});
