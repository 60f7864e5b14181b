import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Ref } from '../../model/definition.ts';
import { waitFor } from '../support/wait-for.ts';
import { readBacklog } from '../../store/metrics.ts';
import { attemptsOn } from './attempts.ts';
import { openGarden, type Garden } from './garden.ts';

let garden: Garden;
beforeAll(async () => {
  garden = await openGarden({}, { withStep: ['Bed', 'Rose'] });
});
afterAll(() => garden.close());

const create = (model: string, fields: Record<string, unknown>): Promise<Ref> =>
  garden.store.write({ name: 'a test' }, (tx) => tx.create(model, fields));

/** The samples by their names and labels; every line must be one, or a comment. */
async function scrape(): Promise<Map<string, number>> {
  const { status, headers, body } = await garden.ask('GET', '/metrics');
  expect(status).toBe(200);
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  const lines = (body as unknown as string).split('\n');
  expect(lines.pop()).toBe('');
  const samples = lines.filter((line) => !/^# (HELP|TYPE) accord_|^# (HELP|TYPE) process_/.test(line));
  return new Map(
    samples.map((line) => {
      const [, name = '', value] = /^([a-z_]+(?:\{[^}]*\})?) (\S+)$/.exec(line) ?? [];
      expect(value, line).toBeDefined();
      return [name, Number(value)];
    }),
  );
}

/** What is counted is told a moment after it has happened. */
const counted = (name: string, value: number): Promise<Map<string, number>> =>
  waitFor(`${name} to be ${value}`, async () => {
    const found = await scrape();
    return found.get(name) === value ? found : undefined;
  });

describe('the metrics', () => {
  test('tell how many objects are in which state, what is late, and what has happened', async () => {
    await scrape();
    const { store } = garden;
    const attempts = attemptsOn(store);
    const [red, white, gone] = [
      await create('Bed', { name: 'red' }),
      await create('Bed', { name: 'white' }),
      await create('Bed', { name: 'gone' }),
    ];
    const rose = await create('Rose', { name: 'r', bed: red });
    await attempts.fail(red, 'HTTP 503');
    await attempts.sync(white);
    await attempts.look(rose);
    await store.write({ name: 'a test' }, (tx) => tx.remove(gone));
    await store.database.query(
      `insert into events (kind, model, object_id) values ('found by the sweep', 'Bed', $1)`,
      [red.id],
    );
    const found = await counted('accord_attempts_total{model="Bed",kind="sync",outcome="failed"}', 1);
    expect(Object.fromEntries(found)).toMatchObject({
      'accord_objects{model="Bed",state="Error"}': 1,
      'accord_objects{model="Bed",state="Synced"}': 1,
      'accord_objects{model="Rose",state="Error (blocked)"}': 1,
      'accord_retries{model="Bed"}': 1,
      'accord_attempts_total{model="Bed",kind="sync",outcome="synced"}': 1,
      'accord_attempt_duration_seconds_count{model="Bed",kind="sync"}': 2,
      'accord_attempt_duration_seconds_bucket{model="Bed",kind="sync",le="+Inf"}': 2,
      accord_sweep_finds_total: 1,
      'accord_workers{synchronizer="garden"}': 0,
    });
    expect(found.get('accord_oldest_dirty_seconds{model="Rose"}')).toBeGreaterThan(0);
    expect(found.get('accord_outbox_depth{kind="object"}')).toBeGreaterThan(0);
    expect(found.get('accord_relay_lag_seconds')).toBeGreaterThan(0);
  });

  test('tell a relay that takes nothing from one that makes others wait for their turn', async () => {
    const { database } = garden.store;
    const lag = async () => Math.max(0, ...(await readBacklog(database)).outbox.map(({ late }) => late));
    await database.query('delete from outbox');
    const [taken, left] = [await create('Bed', { name: 'taken' }), await create('Bed', { name: 'left' })];
    await database.query("update outbox set due = due - interval '1 hour'");
    expect(await lag()).toBeGreaterThan(3_000);
    await database.query(
      "update outbox set claimed_until = now() + interval '1 minute' where object_id = $1",
      [taken.id],
    );
    expect(await lag()).toBe(0);
    // And what is disabled is not late: nobody is to take it.
    await database.query('update outbox set claimed_until = null where object_id = $1', [left.id]);
    await database.query('delete from outbox where object_id = $1', [taken.id]);
    expect(await lag()).toBeGreaterThan(3_000);
    await database.query('update synchronizers set disabled = true');
    expect(await lag()).toBe(0);
    await database.query('update synchronizers set disabled = false; delete from outbox');
  });

  test('count every attempt that has ended, by outcome and by how long it took', async () => {
    await scrape();
    const attempts = attemptsOn(garden.store);
    const ran = async (outcome: 'synced' | 'failed' | 'deferred', seconds: number): Promise<void> => {
      const rose = await create('Rose', { name: `${outcome} ${seconds}`, bed: white });
      if (outcome === 'synced') await attempts.sync(rose);
      else await attempts.fail(rose, 'no', { status: outcome });
      await garden.store.database.query(
        `update attempts set started = finished - make_interval(secs => $2) where object_id = $1`,
        [rose.id, seconds],
      );
    };
    const white = await create('Bed', { name: 'for roses' });
    await attempts.sync(white);
    for (const seconds of [0.005, 0.01, 0.011, 0.5]) await ran('synced', seconds);
    for (const seconds of [7, 2000]) await ran('failed', seconds);
    await ran('deferred', 0.6);
    const name = (outcome: string) => `accord_attempts_total{model="Rose",kind="sync",outcome="${outcome}"}`;
    const found = await counted(name('deferred'), 1);
    expect([found.get(name('synced')), found.get(name('failed'))]).toEqual([4, 2]);
    const part = (of: string, more = '') =>
      found.get(`accord_attempt_duration_seconds_${of}{model="Rose",kind="sync"${more}}`);
    const bounds = ['0.01', '0.05', '0.1', '0.5', '1', '5', '10', '30', '60', '300', '1800', '+Inf'];
    expect(bounds.map((le) => part('bucket', `,le="${le}"`))).toEqual([2, 3, 3, 4, 5, 5, 6, 6, 6, 6, 6, 7]);
    expect(part('count')).toBe(7);
    expect(part('sum')).toBeCloseTo(2008.126, 6);
  });

  test('are what the docs and the alert rules speak of', async () => {
    const { body } = await garden.ask('GET', '/metrics');
    const told = [...(body as unknown as string).matchAll(/^# TYPE (\w+)/gm)].map(([, name = '']) => name);
    const read = (name: string): Promise<string> =>
      readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
    const docs = await read('metrics.md');
    expect(told.filter((name) => !docs.includes(name))).toEqual([]);
    const expressions = [...(await read('alerts.yaml')).matchAll(/expr: .*/g)].join('\n');
    const asked = new Set([...expressions.matchAll(/\baccord_\w+/g)].map(([name]) => name));
    // Told by workers.
    asked.delete('accord_log_lines_lost_total');
    expect([...asked].filter((name) => !told.includes(name))).toEqual([]);
    expect(asked.size).toBeGreaterThan(5);
  });

  test('count each attempt once, however often one asks', async () => {
    const bed = await create('Bed', { name: 'twice' });
    await attemptsOn(garden.store).fail(bed, 'again', { status: 'deferred' });
    const name = 'accord_attempts_total{model="Bed",kind="sync",outcome="deferred"}';
    await counted(name, 1);
    await Promise.all([scrape(), scrape(), scrape()]);
    expect((await counted(name, 1)).get(name)).toBe(1);
  });
});
