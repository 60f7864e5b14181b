import { afterEach, describe, expect, test } from 'vitest';
import { defineModel, policy } from '../../define/index.ts';
import { createBackend } from '../support/backend.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { field, link, model } from '../support/models.ts';

const fields = [field('name'), field('backend_handle', { state: 'feedback', nullable: true })];
const MODELS = [model('Site', { fields }), model('Host', { fields, links: [link('site', 'Site')] })];

let engine: Engine | undefined;
afterEach(() => engine?.stop());

const registerWith = (started: Engine, hasPolicy: boolean): Promise<unknown> =>
  started.store.register({
    synchronizer: started.synchronizer,
    models: MODELS.map((definition) => ({
      definition,
      hasStep: true,
      hasPolicy: hasPolicy && definition.name === 'Site',
    })),
  });

describe('a policy that is registered for a model that has objects', () => {
  test('is asked about each of them, as one that is new to it', async () => {
    const backend = createBackend();
    const seen: string[] = [];
    const ofSite = policy({
      model: defineModel<'Site', { name: string }>('Site'),
      handleCreate: ({ name }) => void seen.push(name),
    });
    engine = await startEngine(
      MODELS,
      { Site: backend.step('Site'), Host: backend.step('Host') },
      { policies: { Site: ofSite } },
    );
    // As it was before there was a policy.
    await registerWith(engine, false);
    const sites = [
      await engine.create('Site', { name: 'a' }),
      await engine.create('Site', { name: 'b', no_policy: true }),
    ];
    for (const site of sites) await engine.untilState(site, 'Synced');
    expect(seen).toEqual([]);

    await registerWith(engine, true);
    await engine.until(sites[0] ?? raise(), ({ policed }) => policed === 1, 'to have been policed');
    expect(seen).toEqual(['a']);
    expect(backend.log(sites[0] ?? raise())).toEqual(['sync a']);
  });
});

describe('a policy that is registered no longer', () => {
  test('holds nothing back any more', async () => {
    const backend = createBackend();
    const ofSite = policy({
      model: defineModel<'Site', { name: string }>('Site'),
      handleCreate: () => {
        throw new Error('never right');
      },
    });
    engine = await startEngine(
      MODELS,
      { Site: backend.step('Site'), Host: backend.step('Host') },
      { policies: { Site: ofSite } },
    );
    const site = await engine.create('Site', { name: 'a' });
    const host = await engine.create('Host', { name: 'h', site });
    await engine.until(host, ({ backend_code }) => backend_code === 2, 'to be in error');
    await registerWith(engine, false);
    await engine.untilState(host, 'Synced');
    expect(backend.log(site)).toEqual(['sync a']);
  });
});

function raise(): never {
  throw new Error('there is no such site');
}
