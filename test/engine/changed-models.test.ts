import { afterEach, describe, expect, test } from 'vitest';
import type { ModelDefinition } from '../../model/definition.ts';
import { createBackend } from '../support/backend.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { field, model } from '../support/models.ts';
import { waitFor } from '../support/wait-for.ts';

const fields = [field('name'), field('backend_handle', { state: 'feedback', nullable: true })];
const SITE = model('Site', { fields });
const HOST = model('Host', { fields });

let engine: Engine | undefined;
afterEach(() => engine?.stop());

const register = (started: Engine, models: readonly ModelDefinition[], version: number) =>
  started.store.register({
    synchronizer: started.synchronizer,
    version,
    models: models.map((definition) => ({ definition, hasStep: true, hasPolicy: false })),
  });

describe('a model that the newer version of its synchronizer has no more', () => {
  test('has its running attempt stopped and its objects held, until it is there again', async () => {
    const backend = createBackend();
    engine = await startEngine([SITE, HOST], { Site: backend.step('Site'), Host: backend.step('Host') });
    const release = backend.hang('a');
    const [running, later] = [await engine.create('Host', { name: 'a' }), { name: 'b' }];
    await engine.untilState(running, 'Syncing');

    await register(engine, [SITE], 1);
    await engine.untilState(running, 'Paused');
    const { store } = engine;
    await waitFor('the attempt to be stopped', async () => {
      const ended = await store.database.query("select 1 from attempts where outcome = 'cancelled'");
      return ended.length === 1 ? true : undefined;
    });
    await engine.untilState(await engine.create('Site', later), 'Synced');
    release();

    await register(engine, [SITE, HOST], 2);
    await engine.untilState(running, 'Synced');
    expect(backend.attempts(running)).toBe(2);
  });
});

describe('two versions of a worker at once', () => {
  test('work on; the older one takes nothing back, and what it does not know of is kept', async () => {
    const backend = createBackend();
    engine = await startEngine([SITE], { Site: backend.step('Site') });
    const old = await engine.create('Site', { name: 'a' });
    await engine.untilState(old, 'Synced');
    const gained = model('Site', { fields: [...fields, field('note', { default: '-' })] });
    await register(engine, [gained], 1);

    await engine.update(old, { note: 'new' });
    await engine.until(old, ({ enacted }) => enacted === 2, 'to be synced again');
    expect((await engine.get(old))?.declarative).toEqual({ name: 'a', note: 'new' });
    await expect(engine.startWorker()).rejects.toThrow('this is its version 0, and version 1 is registered');
  });
});
