import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { field, link, model } from '../support/models.ts';
import { createTestStore, type TestStore } from '../support/store.ts';

const ME = { name: 'a test' };
const COLOR = model('Color', { bases: ['Thing'], fields: [field('name')] });
const PAGE = model('Page', {
  fields: [
    field('title', { maxLength: 20 }),
    field('size', { type: 'int64', nullable: true }),
    field('ratio', { type: 'double', nullable: true }),
    field('isPublic', { type: 'bool', default: true }),
    field('words', { repeated: true }),
    field('password', { secret: true, nullable: true }),
    field('version', { nullable: true }),
    field('handle', { state: 'feedback', nullable: true }),
  ],
  links: [link('color', 'Color'), link('all', 'Color', { kind: 'manytomany' })],
});

let store: TestStore;
beforeEach(async () => {
  store = await createTestStore([model('Thing', { abstract: true, fields: [field('name')] }), COLOR, PAGE]);
});
afterEach(() => store.drop());

const create = (name: string, fields: Record<string, unknown>) =>
  store.write(ME, (tx) => tx.create(name, fields));

describe('the view of a model', () => {
  test('has a typed column for each field and link, and what is told of the object, but no secret', async () => {
    const color = await create('Color', { name: "red '; drop table objects" });
    const page = await create('Page', {
      title: 'a',
      size: 2 ** 40,
      ratio: 0.5,
      words: ['x', 'y'],
      password: 'hidden',
      version: 'first',
      color,
      all: [color],
    });
    expect(await store.database.query('select * from accord_models."Page"')).toEqual([
      {
        id: page.id,
        title: 'a',
        size: 2 ** 40,
        ratio: 0.5,
        isPublic: true,
        words: ['x', 'y'],
        version: 'first',
        handle: null,
        color_id: color.id,
        all_ids: [color.id],
        model: 'Page',
        generation: 1,
        enacted: null,
        deleted: false,
        failures: 0,
        outcome: null,
        outcome_text: null,
        next_attempt_at: null,
        created: expect.any(Date) as unknown,
        updated: expect.any(Date) as unknown,
      },
    ]);
    expect(
      await store.database.query('select "isPublic" from accord_models."Page" where size > 7 and "isPublic"'),
    ).toHaveLength(1);
  });

  test('of a base has the objects of all that descend from it', async () => {
    const color = await create('Color', { name: 'red' });
    expect(await store.database.query('select id, model, name from accord_models."Thing"')).toEqual([
      { id: color.id, model: 'Color', name: 'red' },
    ]);
  });

  test('follows its model, and goes with it', async () => {
    const register = (models: readonly ReturnType<typeof model>[]) =>
      store.register({
        synchronizer: 'test',
        models: models.map((definition) => ({ definition, hasStep: true, hasPolicy: false })),
      });
    await register([model('Page', { fields: [field('name'), field('note', { nullable: true })] })]);
    expect(
      await store.database.query("select viewname from pg_views where schemaname = 'accord_models'"),
    ).toEqual([{ viewname: 'Page' }]);
    await store.database.query('select note from accord_models."Page"');
  });

  test('keeps the views that people have built on it', async () => {
    await store.database.query('create view report as select title from accord_models."Page"');
    await store.register({
      synchronizer: 'test',
      models: [
        {
          definition: model('Page', { fields: [field('note', { nullable: true })] }),
          hasStep: true,
          hasPolicy: false,
        },
      ],
    });
    await store.ensureSchema();
    expect(await store.database.query('select * from report')).toEqual([]);
  });
});
