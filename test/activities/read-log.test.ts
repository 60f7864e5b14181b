import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { openReadLog } from '../../activities/read-log.ts';
import { authorObject, type AuthorObject } from '../../activities/reader.ts';
import { field, link, model } from '../support/models.ts';

const COLOR = model('Color', {
  fields: [
    field('name'),
    field('html_code'),
    field('shades', { repeated: true }),
    field('backend_handle', { state: 'feedback', nullable: true }),
  ],
  links: [link('palette', 'Palette')],
});

function open(): { log: ReturnType<typeof openReadLog>; color: AuthorObject; fields: () => string[] } {
  const log = openReadLog();
  const color = log.watch(
    authorObject({
      model: 'Color',
      id: 3,
      declarative: { name: 'red', html_code: '#f00', shades: ['a'], palette: { model: 'Palette', id: 1 } },
      feedback: { backend_handle: null },
    }),
    COLOR,
  );
  return { log, color, fields: () => log.reads().fields.map((read) => read.field) };
}

describe('a log of reads', () => {
  test('notes a field when it is looked at, once, with what was seen', () => {
    const { log, color } = open();
    expect([color['html_code'], color['html_code']]).toEqual(['#f00', '#f00']);
    expect(log.reads()).toEqual({
      fields: [{ target: 3, model: 'Color', field: 'html_code', value: '#f00' }],
      searches: [],
    });
  });

  test('counts destructuring, spread and JSON as looking at the fields that they touch', () => {
    const all = ['name', 'html_code', 'shades', 'palette', 'backend_handle'];
    const destructured = open();
    const { name, ...rest } = destructured.color;
    expect([name, rest['html_code']]).toEqual(['red', '#f00']);
    expect(destructured.fields()).toEqual(all);
    const spread = open();
    expect({ ...spread.color }).toMatchObject({ name: 'red', id: 3 });
    expect(spread.fields()).toEqual(all);
    const json = open();
    expect(JSON.parse(JSON.stringify(json.color))).toMatchObject({ name: 'red', model: 'Color' });
    expect(json.fields()).toEqual(all);
  });

  test('notes links, and what there is not', () => {
    const { log, color } = open();
    expect([color['palette'], color['backend_handle']]).toEqual([{ model: 'Palette', id: 1 }, null]);
    expect(log.reads().fields.map(({ value }) => value)).toEqual([{ model: 'Palette', id: 1 }, null]);
  });

  test('notes neither the identity nor what is no field', async () => {
    const { color, fields } = open();
    expect([color.id, color.model, color['colour']]).toEqual([3, 'Color', undefined]);
    // `await` asks whatever it gets for `then`.
    await Promise.resolve(color);
    expect(fields()).toEqual([]);
  });

  test('leaves the object as plain as it was, and frozen', () => {
    const { color, fields } = open();
    expect(inspect(color)).toContain("html_code: '#f00'");
    expect(Object.keys(color)).toEqual([
      'name',
      'html_code',
      'shades',
      'palette',
      'backend_handle',
      'model',
      'id',
    ]);
    expect('html_code' in color).toBe(true);
    expect(fields()).toEqual([]);
    expect(Object.isFrozen(color)).toBe(true);
    expect(() => {
      (color as Record<string, unknown>)['name'] = 'blue';
    }).toThrow(TypeError);
  });
});
