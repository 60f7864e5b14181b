import { expect, describe, test } from 'vitest';
import { printTable } from '../../cli/render.ts';
import { table } from '../../cli/table.ts';
import type { ApiModel, ApiObject } from '../../client/wire.ts';
import { recorder } from './recorder.ts';

const columns = [
  { title: 'ID', cell: (row: string[]) => row[0] ?? '' },
  { title: 'TEXT', cell: (row: string[]) => row[1] ?? '' },
];

describe('a table', () => {
  test('lines up its columns, by what the terminal shows', () => {
    const rows = [
      ['1', 'a'],
      ['赤', 'b'],
      ['e\u0301e', 'c'],
      ['', 'd'],
    ];
    expect(table(columns, rows).split('\n')).toEqual(['ID  TEXT', '1   a', '赤  b', 'e\u0301e  c', '–   d']);
  });

  test('cuts the last column to the terminal, and nothing else', () => {
    const rows = [['long identifier', 'x'.repeat(50)]];
    expect(table(columns, rows, 40).split('\n')[1]).toBe(`long identifier  ${'x'.repeat(22)}…`);
    expect(table(columns, rows, 5).split('\n')[1]).toBe(`long identifier  ${'x'.repeat(11)}…`);
    expect(table(columns, rows).split('\n')[1]).toHaveLength(67);
  });
});

describe('a table of objects', () => {
  const now = Date.parse('2030-01-01T12:00:00Z');
  const object = (id: number, more: Partial<ApiObject>): ApiObject => ({
    id,
    leaf_model_name: 'Rose',
    name: `rose-${id}`,
    state: 'Synced',
    backend_status: 'OK',
    backend_code: 1,
    version: 1,
    generation: 2,
    enacted: 2,
    deleted: false,
    backend_need_delete: false,
    backend_need_reap: false,
    no_sync: false,
    no_policy: false,
    pretend: false,
    write_protect: false,
    failures: 0,
    next_attempt_at: null,
    root: null,
    created: '2029-12-29T12:00:00Z',
    updated: '2029-12-29T12:00:00Z',
    ...more,
  });
  const model: ApiModel = {
    name: 'Rose',
    app: 'garden',
    plural: 'roses',
    abstract: false,
    bases: [],
    description: '',
    synchronizer: 'garden',
    managed: true,
    fields: [],
  };
  const objects = [
    object(1, {}),
    object(2, {
      state: 'Error',
      backend_code: 2,
      enacted: null,
      failures: 11,
      next_attempt_at: '2030-01-01T12:08:00Z',
      backend_status: 'host key mismatch',
    }),
    object(3, {
      state: 'Waiting',
      backend_code: 2,
      root: 'Rose/2',
      backend_status: 'Failed due to error in model Rose id 2: host key mismatch',
    }),
    object(4, {
      state: 'Deferred',
      backend_code: 0,
      next_attempt_at: '2030-01-01T12:00:10Z',
      backend_status: 'no address yet',
      created: '2030-01-01T11:59:20Z',
    }),
  ];

  test('says of each its state, its next attempt and the reason, in words', () => {
    const { terminal, written } = recorder();
    printTable(objects, model, { isWide: false, terminal, now });
    expect(written().stdout).toBe(
      [
        'ID  NAME    STATE            GEN  ENACTED  AGE  FAILURES  NEXT    REASON',
        '1   rose-1  Synced           2    2        3d   –         –       –',
        '2   rose-2  Error            2    –        3d   11        in 8m   host key mismatch',
        '3   rose-3  Error (blocked)  2    2        3d   –         –       waits for Rose/2: host key mismatch',
        '4   rose-4  Deferred         2    2        40s  –         in 10s  no address yet',
      ].join('\n'),
    );
  });

  test('colours the states alone, red being for errors', () => {
    const { terminal, written } = recorder({ hasColors: true });
    printTable(objects, model, { isWide: false, terminal, now });
    const coloured = (code: number, text: string) => `\u001b[${code}m${text}\u001b[39m`;
    expect(written().stdout).toContain(`rose-1  ${coloured(32, 'Synced')} `);
    expect(written().stdout.split('\u001b[31m')).toHaveLength(3);
    expect(written().stdout).toContain(coloured(31, 'Error (blocked)'));
  });
});
