import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Reader } from '../../define/index.ts';
import { defineModel } from '../../define/model.ts';
import type { Ref } from '../../model/definition.ts';
import { readModelDeps } from '../../plan/model-deps.ts';
import { createBackend, type Backend } from '../support/backend.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { field, link, model } from '../support/models.ts';

const fields = [
  field('name', { maxLength: 50 }),
  field('backend_handle', { state: 'feedback', nullable: true }),
];
const MODELS = [
  model('Site', { fields }),
  model('Rack', { fields, links: [link('site', 'Site')] }),
  // Depends on the site of its rack, by model-deps, and not on the rack itself.
  model('Host', { fields, links: [link('rack', 'Rack')] }),
  // Depends on all hosts, on purpose.
  model('Report', { fields }),
  model('ServiceInstance', { fields, abstract: true }),
  model('Web', { fields, bases: ['ServiceInstance'] }),
  model('Store', { fields, bases: ['ServiceInstance'] }),
  model('ServiceInstanceLink', {
    fields: [],
    links: [
      link('provider_service_instance', 'ServiceInstance', { reverseName: 'provided_links' }),
      link('subscriber_service_instance', 'ServiceInstance', { reverseName: 'subscribed_links' }),
    ],
  }),
  model('Asked', { fields, links: [] }),
];
const { deps } = readModelDeps({ Host: [['Site', 'rack.site']], Report: [['Host', 'fake_accessor']] });

let backend: Backend;
let engine: Engine;
/** What dependsOn of Asked answers, by name. */
const answers = new Map<string, (reader: Reader) => readonly Ref[] | Promise<readonly Ref[]>>();

beforeAll(async () => {
  backend = createBackend();
  const steps = Object.fromEntries(
    ['Site', 'Rack', 'Host', 'Report', 'Web', 'Store'].map((name) => [name, backend.step(name)]),
  );
  const asked = backend.step('Asked', {
    dependsOn: (object: unknown, reader) => answers.get((object as { name: string }).name)?.(reader) ?? [],
  });
  engine = await startEngine(MODELS, { ...steps, Asked: asked }, { modelDeps: deps });
});
afterAll(() => engine.stop());
beforeEach(() => {
  backend.reset();
  answers.clear();
});

const failing = (...names: string[]): void =>
  backend.fail((kind, { name }) =>
    kind === 'sync' && names.includes(name) ? new Error('HTTP 503') : undefined,
  );
const waitsFor = (ref: Ref, root: Ref) =>
  engine.until(ref, (object) => object.root?.id === root.id, `to wait for ${root.model}/${root.id}`);

describe('a dependency along several links', () => {
  test('holds back until what it leads to is synced, and what lies between does not', async () => {
    failing('bad site', 'bad rack');
    const site = await engine.create('Site', { name: 'bad site' });
    const free = await engine.create('Site', { name: 'free' });
    const rack = await engine.create('Rack', { name: 'bad rack', site: free });
    const host = await engine.create('Host', { name: 'h', rack });
    // Its rack fails, and it does not wait for it.
    await engine.untilState(host, 'Synced');

    await engine.update(rack, { site });
    await waitsFor(host, site);
    expect(await engine.get(host)).toMatchObject({ generation: 2, backend_code: 2 });
    failing('bad rack');
    await engine.until(host, ({ enacted }) => enacted === 2, 'to be synced again');
  });

  test('is followed when a write elsewhere changes where it leads', async () => {
    failing('bad site');
    const [good, bad] = [
      await engine.create('Site', { name: 'good' }),
      await engine.create('Site', { name: 'bad site' }),
    ];
    const rack = await engine.create('Rack', { name: 'r', site: good });
    const host = await engine.create('Host', { name: 'h', rack });
    await engine.untilState(host, 'Synced');
    await engine.update(rack, { site: bad });
    await waitsFor(host, bad);
    await engine.update(rack, { site: good });
    await engine.untilState(host, 'Synced');
  });
});

describe('a ServiceInstanceLink', () => {
  test('makes its subscriber depend on its provider, as long as it is there', async () => {
    failing('store');
    const store = await engine.create('Store', { name: 'store' });
    const web = await engine.create('Web', { name: 'web' });
    await engine.untilState(web, 'Synced');
    const bond = await engine.create('ServiceInstanceLink', {
      provider_service_instance: store,
      subscriber_service_instance: web,
    });
    await waitsFor(web, store);
    await engine.remove(bond);
    await engine.untilState(web, 'Synced');
    expect(backend.log(store)).not.toContain('sync store');
  });

  test('that would close a circle is refused', async () => {
    const [one, other] = [
      await engine.create('Web', { name: '1' }),
      await engine.create('Store', { name: '2' }),
    ];
    const bind = (provider: Ref, subscriber: Ref) =>
      engine.create('ServiceInstanceLink', {
        provider_service_instance: provider,
        subscriber_service_instance: subscriber,
      });
    await bind(one, other);
    await expect(bind(other, one)).rejects.toThrow('that would close a circle of dependencies');
  });
});

describe('a dependency that cannot be evaluated', () => {
  test('counts as one on every object of that model', async () => {
    failing('bad host');
    const host = await engine.create('Host', { name: 'bad host' });
    const report = await engine.create('Report', { name: 'report' });
    await waitsFor(report, host);
    failing();
    await engine.untilState(report, 'Synced');
    expect(backend.order([host, report])).toEqual([host.id, report.id]);
  });
});

describe('what a step says that it depends on', () => {
  test('holds its object back', async () => {
    failing('bad site');
    const site = await engine.create('Site', { name: 'bad site' });
    answers.set('asked', () => [site]);
    const asked = await engine.create('Asked', { name: 'asked' });
    await waitsFor(asked, site);
    failing();
    await engine.untilState(asked, 'Synced');
    expect(backend.order([site, asked])).toEqual([site.id, asked.id]);
  });

  test('is asked again when something that it has read changes', async () => {
    const Site = defineModel<string, { name: string }>('Site');
    answers.set('looking', ({ find }) => find(Site, { name: 'wanted' }));
    const asked = await engine.create('Asked', { name: 'looking' });
    await engine.untilState(asked, 'Synced');
    failing('wanted');
    const site = await engine.create('Site', { name: 'wanted' });
    await waitsFor(asked, site);
    failing();
    await engine.until(asked, ({ state, generation }) => state === 'Synced' && generation > 1, 'to go on');
    expect(backend.log(asked)).toEqual(['sync looking', 'sync looking']);
  });

  test('and cannot, is an error of the object, and is asked again', async () => {
    answers.set('broken', () => {
      throw new Error('no such table');
    });
    const asked = await engine.create('Asked', { name: 'broken' });
    expect(await engine.untilState(asked, 'Error')).toMatchObject({
      backend_status: 'dependsOn: no such table',
    });
    expect(backend.attempts(asked)).toBe(0);
    answers.delete('broken');
    await engine.untilState(asked, 'Synced');
  });

  test('and cannot any more, is an error of the object, whatever it waited for before', async () => {
    failing('bad site');
    const site = await engine.create('Site', { name: 'bad site' });
    answers.set('asked', () => [site]);
    const asked = await engine.create('Asked', { name: 'asked' });
    await waitsFor(asked, site);
    answers.set('broken', () => {
      throw new Error('no such table');
    });
    await engine.update(asked, { name: 'broken' });
    expect(await engine.untilState(asked, 'Error')).toMatchObject({
      backend_status: 'dependsOn: no such table',
      root: null,
    });
  });

  test('and never does, is an error of the object', async () => {
    answers.set('mute', () => new Promise(() => undefined));
    const asked = await engine.create('Asked', { name: 'mute' });
    expect(await engine.untilState(asked, 'Error')).toMatchObject({
      backend_status: 'dependsOn: did not answer within 5 seconds',
    });
    answers.delete('mute');
    await engine.update(asked, { name: 'answered' });
    await engine.untilState(asked, 'Synced');
  });

  test('and goes in a circle, is an error of its members that names it, until one of them changes', async () => {
    const made: Ref[] = [];
    answers.set('first', () => made.slice(1));
    answers.set('second', () => made.slice(0, 1));
    backend.fail((kind, { name }) => (kind === 'sync' && name === 'gate' ? new Error('closed') : undefined));
    made.push(await engine.create('Asked', { name: 'first', no_sync: true }));
    made.push(await engine.create('Asked', { name: 'second', no_sync: true }));
    const [first, second] = made as [Ref, Ref];
    const last = await (async () => {
      answers.set('last', () => [first]);
      return engine.create('Asked', { name: 'last' });
    })();
    await engine.untilState(last, 'Synced');
    for (const ref of made) await engine.update(ref, { no_sync: false });
    const circle = `waits in a circle: Asked/${first.id} → Asked/${second.id} → Asked/${first.id}`;
    await engine.until(first, ({ backend_status }) => backend_status === circle, 'to be in a circle');
    expect(await engine.get(second)).toMatchObject({ state: 'Error', backend_code: 2 });
    answers.set('changed', () => []);
    await engine.update(second, { name: 'changed' });
    await Promise.all([engine.untilState(first, 'Synced'), engine.untilState(second, 'Synced')]);
  });
});

test('with every process healthy the sweep finds nothing', async () => {
  expect(await engine.store.database.query("select * from events where kind = 'found by the sweep'")).toEqual(
    [],
  );
});
