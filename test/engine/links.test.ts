import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Ref } from '../../model/definition.ts';
import { createBackend, type Backend } from '../support/backend.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { field, link, model } from '../support/models.ts';
import { waitFor } from '../support/wait-for.ts';

const fields = [
  field('name', { maxLength: 50 }),
  field('backend_handle', { state: 'feedback', nullable: true }),
];
const MODELS = [
  model('Color', { fields }),
  model('Page', {
    fields,
    links: [
      link('foreground', 'Color'),
      link('background', 'Color'),
      link('palette', 'Color', { kind: 'manytomany' }),
      link('parent', 'Page'),
    ],
  }),
  // Its way to colors is in xproto; what it depends on besides, its step says.
  model('Poster', {
    fields,
    links: [link('page', 'Page')],
    xosLinks: [{ model: 'Color', via: 'page.background' }],
  }),
  model('Service', { fields, abstract: true }),
  model('WebService', { fields, bases: ['Service'] }),
  model('StoreService', { fields, bases: ['Service'] }),
  model('ServiceDependency', {
    fields: [],
    links: [
      link('provider_service', 'Service', { reverseName: 'provided_dependencies' }),
      link('subscriber_service', 'Service', { reverseName: 'subscribed_dependencies' }),
    ],
  }),
];

let backend: Backend;
let engine: Engine;
/** What the posters say that they depend on. */
let said: readonly Ref[];

beforeAll(async () => {
  backend = createBackend();
  const names = ['Color', 'Page', 'WebService', 'StoreService'];
  const steps = Object.fromEntries(names.map((name) => [name, backend.step(name)]));
  const Poster = backend.step('Poster', { dependsOn: () => said });
  engine = await startEngine(MODELS, { ...steps, Poster });
});
afterAll(() => engine.stop());
beforeEach(() => {
  backend.reset();
  said = [];
});

/** Objects of these names fail until they are mended. */
const failing = (...names: string[]): void =>
  backend.fail((kind, { name }) =>
    kind === 'sync' && names.includes(name) ? new Error('HTTP 503') : undefined,
  );
const color = (name: string): Promise<Ref> => engine.create('Color', { name });
const waitsFor = (ref: Ref, root: Ref) =>
  engine.until(ref, (object) => object.root?.id === root.id, `to wait for ${root.model}/${root.id}`);

/** Mend what an object waits for, one after the other: it must wait for each, and go on after the last. */
async function waitsForEach(
  ref: Ref,
  ...others: { readonly name: string; readonly ref: Ref }[]
): Promise<void> {
  let bad = others.map(({ name }) => name);
  failing(...bad);
  for (const { name, ref: other } of others) {
    await waitsFor(ref, other);
    expect(backend.attempts(ref)).toBe(0);
    bad = bad.filter((one) => one !== name);
    failing(...bad);
  }
  await engine.untilState(ref, 'Synced');
}

describe('an object waits for', () => {
  test('what each of several links to one model leads to', async () => {
    failing('front', 'back');
    const [foreground, background] = [await color('front'), await color('back')];
    const page = await engine.create('Page', { name: 'p', foreground, background });
    await waitsForEach(page, { name: 'front', ref: foreground }, { name: 'back', ref: background });
  });

  test('all that a link to many leads to', async () => {
    failing('red', 'blue');
    const palette = [await color('red'), await color('green'), await color('blue')];
    const [red, , blue] = palette;
    if (red === undefined || blue === undefined) throw new Error('not created');
    const page = await engine.create('Page', { name: 'p', palette });
    await waitsForEach(page, { name: 'red', ref: red }, { name: 'blue', ref: blue });
  });

  test('an object of its own model, and not for itself', async () => {
    failing('parent');
    const parent = await engine.create('Page', { name: 'parent' });
    const child = await engine.create('Page', { name: 'child', parent });
    await waitsForEach(child, { name: 'parent', ref: parent });
    await engine.update(parent, { parent });
    await engine.until(parent, ({ enacted }) => enacted === 2, 'to be synced although it links to itself');
  });

  test('what xos_links lead to, besides its own links and what its step says', async () => {
    failing('page', 'back', 'said');
    const [background, other] = [await color('back'), await color('said')];
    said = [other];
    const page = await engine.create('Page', { name: 'page', background });
    const poster = await engine.create('Poster', { name: 'poster', page });
    // The page itself waits for its color.
    await waitsForEach(
      poster,
      { name: 'back', ref: background },
      { name: 'said', ref: other },
      { name: 'page', ref: page },
    );
  });

  test('the service that a ServiceDependency names, as long as it is there', async () => {
    failing('store');
    const store = await engine.create('StoreService', { name: 'store' });
    const web = await engine.create('WebService', { name: 'web' });
    await engine.untilState(web, 'Synced');
    const bond = await engine.create('ServiceDependency', {
      provider_service: store,
      subscriber_service: web,
    });
    await waitsFor(web, store);
    await engine.remove(bond);
    await engine.untilState(web, 'Synced');
    expect(backend.log(store)).not.toContain('sync store');
  });
});

test('objects that share nothing are at work at once', async () => {
  const names = Array.from({ length: 8 }, (_, at) => `c${at}`);
  const releases = names.map((name) => backend.hang(name));
  const colors = await Promise.all(names.map(color));
  await waitFor('all of them to be in their step', () =>
    backend.running('Color') === names.length ? true : undefined,
  );
  releases.forEach((release) => release());
  for (const ref of colors) await engine.untilState(ref, 'Synced');
});

test('with every process healthy the sweep finds nothing', async () => {
  expect(await engine.store.database.query("select * from events where kind = 'found by the sweep'")).toEqual(
    [],
  );
});
