import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { modelLink, step, watcher, type WatchedEvent } from '../../define/index.ts';
import { defineModel } from '../../define/model.ts';
import type { AnyStep, AnyWatcher } from '../../define/synchronizer.ts';
import type { Ref } from '../../model/definition.ts';
import { readParked, unpark } from '../../store/deliveries.ts';
import { readSynchronizers } from '../../store/synchronizers.ts';
import { createBackend, type Backend } from '../support/backend.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { field, link, model } from '../support/models.ts';
import { waitFor } from '../support/wait-for.ts';

const text = field('name', { maxLength: 50, nullable: true });
const feedback = field('backend_handle', { state: 'feedback', nullable: true });
const fields = [text, feedback, field('ip', { nullable: true })];

/** Host → Rack → Room → Site; a Cabin is a Room. */
const MODELS = [
  model('WSite', { fields }),
  model('WRoom', { fields, links: [link('site', 'WSite')] }),
  model('WCabin', { fields, bases: ['WRoom'], links: [link('site', 'WSite')] }),
  model('WRack', { fields, links: [link('room', 'WRoom')] }),
  model('WHost', {
    fields,
    links: [link('rack', 'WRack', { reverseName: 'hosts' }), link('spare', 'WRack')],
  }),
];

interface State {
  name: string | null;
  ip: string | null;
}
const Host = defineModel<'WHost', State>('WHost');
const Rack = defineModel<'WRack', State>('WRack');
const Room = defineModel<'WRoom', State>('WRoom');
const Site = defineModel<'WSite', State, { backend_handle: string }>('WSite');

interface Heard extends Pick<WatchedEvent, 'event' | 'changedFields' | 'before' | 'affected' | 'id'> {
  readonly by: string;
  readonly object: Ref & Readonly<Record<string, unknown>>;
}

let heard: Heard[] = [];
let failing: (heard: Heard) => boolean = () => false;
let lingering: (heard: Heard, signal: AbortSignal) => Promise<void> = () => Promise.resolve();

function listen(by: string) {
  return async (object: Ref, watched: WatchedEvent): Promise<void> => {
    const { event, changedFields, before, affected, id } = watched;
    const one: Heard = { by, object: object as Heard['object'], event, changedFields, before, affected, id };
    heard.push(one);
    await lingering(one, watched.signal);
    if (failing(one)) throw new Error(`no ${one.object['name'] as string}`);
  };
}

const WATCHERS = [
  watcher({
    synchronizes: Host,
    watched: [modelLink(Rack, { via: 'rack' })],
    handleWatchedObject: listen('all of racks'),
  }),
  watcher({
    synchronizes: Host,
    watched: [modelLink(Rack, { via: 'rack', into: 'ip' })],
    handleWatchedObject: listen('ip of racks'),
  }),
  watcher({
    synchronizes: Host,
    watched: [modelLink(Room, { via: 'rack.room' })],
    watchDegree: 1,
    handleWatchedObject: listen('rooms'),
  }),
  watcher({
    synchronizes: Room,
    watched: [modelLink(Site, { via: 'site', into: 'backend_handle' })],
    handleWatchedObject: listen('handles of sites'),
  }),
  ...[0, 1, 2].map((watchDegree) =>
    watcher({ synchronizes: Host, watchDegree, handleWatchedObject: listen(`degree ${watchDegree}`) }),
  ),
] as readonly AnyWatcher[];

const by = (listener: string, ref?: Ref): Heard[] =>
  heard.filter((one) => one.by === listener && (ref === undefined || one.object.id === ref.id));
const eventsOf = (listener: string, ref: Ref): string[] => by(listener, ref).map(({ event }) => event);

let backend: Backend;
let engine: Engine;

beforeAll(async () => {
  backend = createBackend();
  const steps: Record<string, AnyStep> = {
    WHost: backend.step('WHost', {
      watched: [modelLink(Rack, { via: 'spare' })],
      handleWatchedObject: listen('the hybrid'),
    } as Partial<AnyStep>),
    WSite: {
      ...step({
        synchronizes: Site,
        async syncRecord(_site, { record }) {
          await record({ backend_handle: 'early' });
          return { backend_handle: 'late' };
        },
        deleteRecord() {},
      }),
    },
  };
  engine = await startEngine(MODELS, steps, { watchers: WATCHERS });
});
afterAll(() => engine.stop());
beforeEach(() => {
  backend.reset();
  heard = [];
  failing = () => false;
  lingering = () => Promise.resolve();
});

const until = (what: string, isSo: () => boolean): Promise<true> =>
  waitFor(
    what,
    () => isSo() || undefined,
    () => heard,
    60_000,
  );

describe('a watcher', { timeout: 120_000 }, () => {
  test('is told of what comes, changes and goes, with what was before and what it has now', async () => {
    const rack = await engine.create('WRack', { name: 'a' });
    await until('added', () => by('all of racks', rack).length === 1);
    await engine.update(rack, { name: 'b', ip: '10.0.0.1' });
    await until('updated', () => by('all of racks', rack).length === 2);
    await engine.remove(rack);
    await until('deleted', () => by('all of racks', rack).length === 3);
    const nothing = { name: null, ip: null, backend_handle: null, room: null };
    expect(by('all of racks', rack)).toEqual([
      expect.objectContaining({
        event: 'added',
        changedFields: ['name'],
        before: {},
        object: { ...nothing, ...rack, name: 'a' },
      }),
      expect.objectContaining({
        event: 'updated',
        changedFields: ['ip', 'name'],
        before: { ip: null, name: 'a' },
        object: { ...nothing, ...rack, name: 'b', ip: '10.0.0.1' },
      }),
      expect.objectContaining({
        event: 'deleted',
        object: { ...nothing, ...rack, name: 'b', ip: '10.0.0.1' },
      }),
    ]);
    expect(new Set(by('all of racks', rack).map(({ id }) => id)).size).toBe(3);
  });

  test('with `into` is told of changes of that field alone', async () => {
    const rack = await engine.create('WRack', { name: 'a' });
    await engine.update(rack, { name: 'b' });
    await engine.update(rack, { ip: '10.0.0.2' });
    await engine.update(rack, { name: 'c' });
    await until('the last change', () => by('all of racks', rack).length === 4);
    await until('the address', () => by('ip of racks', rack).length === 1);
    expect(by('ip of racks', rack)[0]).toMatchObject({
      event: 'updated',
      changedFields: ['ip'],
      before: { ip: null },
    });
  });

  test('hears nothing of a write that changes nothing, nor of bookkeeping', async () => {
    const rack = await engine.create('WRack', { name: 'a' });
    await engine.update(rack, { name: 'a' });
    await engine.update(rack, { write_protect: true });
    await engine.update(rack, { name: 'b' });
    await until('the change', () => by('all of racks', rack).length === 2);
    expect(eventsOf('all of racks', rack)).toEqual(['added', 'updated']);
  });

  test('is told of feedback, of what a step records on its way too', async () => {
    const site = await engine.create('WSite', { name: 's' });
    await until('both', () => by('handles of sites', site).length === 2);
    expect(by('handles of sites', site)).toEqual([
      expect.objectContaining({ event: 'updated', changedFields: ['backend_handle'], before: {} }),
      expect.objectContaining({ event: 'updated', before: { backend_handle: 'early' } }),
    ]);
  });

  test('is told which of its objects reach what has changed, along dotted paths too', async () => {
    const room = await engine.create('WRoom', { name: 'room' });
    const rack = await engine.create('WRack', { name: 'rack', room });
    const other = await engine.create('WRack', { name: 'other' });
    const first = await engine.create('WHost', { name: '1', rack });
    await engine.create('WHost', { name: '2', rack: other, spare: rack });
    const third = await engine.create('WHost', { name: '3', rack });
    await engine.update(room, { name: 'renamed' });
    await engine.update(rack, { name: 'renamed' });
    await until('both', () => by('rooms', room).length === 2 && by('all of racks', rack).length === 2);
    expect(by('rooms', room)[1]?.affected).toEqual([first, third]);
    expect(by('all of racks', rack)[1]?.affected).toEqual([first, third]);
  });

  test('of a base is told of its descendants', async () => {
    const cabin = await engine.create('WCabin', { name: 'c' });
    await until('the cabin', () => by('rooms', cabin).length === 1);
  });

  test('watches by degree: nothing at 0, links at 1, links of those at 2, and no further', async () => {
    const site = await engine.create('WSite', { name: 's' });
    const room = await engine.create('WRoom', { name: 'r', site });
    const rack = await engine.create('WRack', { name: 'k', room });
    await until('the rack', () => by('degree 1', rack).length === 1 && by('degree 2', rack).length === 1);
    await until('the room', () => by('degree 2', room).length === 1);
    const watching = await engine.store.database.query<{ model: string; watcher: string }>(
      `select model, watcher from watching where watcher like '%watcher WHost _' order by watcher, model`,
    );
    const modelsOf = (index: number): string[] =>
      watching.filter(({ watcher: name }) => name.endsWith(` ${index}`)).map((row) => row.model);
    expect(modelsOf(4)).toEqual([]);
    expect(modelsOf(5)).toEqual(['WRack']);
    expect(modelsOf(6)).toEqual(['WCabin', 'WRack', 'WRoom']);
    expect(heard.some(({ by: listener }) => listener === 'degree 0')).toBe(false);
  });

  test('and a step may be one module: a hybrid', async () => {
    const rack = await engine.create('WRack', { name: 'r' });
    const host = await engine.create('WHost', { name: 'h', spare: rack });
    await engine.untilState(host, 'Synced');
    await engine.update(rack, { name: 'renamed' });
    await until('the change', () => by('the hybrid', rack).length === 2);
    expect(by('the hybrid', rack)[1]?.affected).toEqual([host]);
  });

  test('is told of the changes of one object in their order', async () => {
    const rack = await engine.create('WRack', { name: '0' });
    for (let index = 1; index <= 15; index += 1) await engine.update(rack, { name: String(index) });
    await until('all of them', () => by('all of racks', rack).length === 16);
    expect(by('all of racks', rack).map(({ before }) => before['name'])).toEqual([
      undefined,
      ...Array.from({ length: 15 }, (_, index) => String(index)),
    ]);
  });

  test('that fails five times is passed by, visibly, and holds up no other object meanwhile', async () => {
    failing = ({ by: listener, object }) => listener === 'all of racks' && object['name'] === 'bad';
    const bad = await engine.create('WRack', { name: 'bad' });
    const good = await engine.create('WRack', { name: 'good' });
    await until('the good one', () => by('all of racks', good).length === 1);
    await engine.update(bad, { name: 'better' });
    failing = ({ by: listener, event, object }) =>
      listener === 'all of racks' && event === 'added' && object.id === bad.id;
    await until('the next one', () => eventsOf('all of racks', bad).includes('updated'));
    expect(eventsOf('all of racks', bad)).toEqual(['added', 'added', 'added', 'added', 'added', 'updated']);
    expect(new Set(by('all of racks', bad).map(({ id }) => id)).size).toBe(2);

    const { database } = engine.store;
    const parked = await readParked(database);
    expect(parked).toEqual([
      expect.objectContaining({ object: bad, event: 'added', changed: ['name'], error: 'no better' }),
    ]);
    const watchers = (await readSynchronizers(database)).flatMap((one) => one.watchers);
    const [status] = watchers.filter(({ name }) => name.endsWith('/watcher WHost'));
    expect(status).toMatchObject({ undelivered: 0, parked: 1 });

    failing = () => false;
    expect(await unpark(database, { name: 'a test' }, parked[0]?.watcher ?? '')).toBe(1);
    await until('it again', () => by('all of racks', bad).length === 7);
  });

  test('hears after a restart of the worker what happened meanwhile, and what it had not answered', async () => {
    failing = ({ by: listener }) => listener === 'all of racks';
    const rack = await engine.create('WRack', { name: 'a' });
    await until('a failure', () => by('all of racks', rack).length > 0);
    await engine.stopWorkers();
    heard = [];
    failing = () => false;
    await engine.update(rack, { name: 'b' });
    await engine.remove(rack);
    await engine.startWorker();
    await until('all of it', () => by('all of racks', rack).length === 3);
    expect(eventsOf('all of racks', rack)).toEqual(['added', 'updated', 'deleted']);
    expect(by('all of racks', rack)[0]?.object).toMatchObject({ ...rack, name: 'b' });
  });

  test('is told to end when its turn could not be renewed in time, and is told anew', async () => {
    let ended = 0;
    lingering = async ({ by: listener }, signal) => {
      if (listener !== 'all of racks') return;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      ended += 1;
      signal.throwIfAborted();
    };
    const rack = await engine.create('WRack', { name: 'a' });
    await until('it', () => by('all of racks', rack).length === 1);
    await engine.store.database.transaction(async (tx) => {
      // A database that says nothing, as when its network is cut.
      await tx.query('select 1 from watchers for update');
      await until('the handler to be told', () => ended === 1);
    });
    lingering = () => Promise.resolve();
    await until('it again', () => by('all of racks', rack).length === 2);
  });

  test('waits until the turn of a worker that died has lapsed', async () => {
    // A visit that is about to end would still deliver what comes now.
    await waitFor('nobody to have a turn', async () => {
      const visits = await engine.store.database.query(
        'select 1 from watchers where lease_until is not null',
      );
      return visits.length === 0 || undefined;
    });
    await engine.store.database.query(
      "update watchers set fence = fence + 1, lease_until = clock_timestamp() + interval '2 seconds'",
    );
    const rack = await engine.create('WRack', { name: 'a' });
    await until('it', () => by('all of racks', rack).length === 1);
    const [turn] = await engine.store.database.query<{ lapsed: boolean }>(
      "select at < clock_timestamp() - interval '1 second' as lapsed from events where object_id = $1",
      [rack.id],
    );
    expect(turn).toEqual({ lapsed: true });
  });

  test('leaves nothing for the sweep to find', async () => {
    const finds = await engine.store.database.query("select * from events where kind = 'found by the sweep'");
    expect(finds).toEqual([]);
  });
});
