import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openGarden, type Garden } from './garden.ts';

let garden: Garden;
beforeAll(async () => {
  garden = await openGarden();
});
afterAll(() => garden.close());

const sync = (path: string) => garden.ask('POST', `/xosapi/v1/accord/objects/${path}/sync`);

describe('POST …/accord/objects/<Model>/<id>/sync', () => {
  test('makes the object due again, and answers with it', async () => {
    const { body: bed } = await garden.ask('POST', '/xosapi/v1/garden/beds', { name: 'b' });
    const { body: rose } = await garden.ask('POST', '/xosapi/v1/garden/roses', { name: 'r', bed_id: bed.id });
    const { status, body } = await sync(`Rose/${rose.id}`);
    expect(status).toBe(202);
    expect(body).toMatchObject({ id: rose.id, leaf_model_name: 'Rose', generation: 2, state: 'Waiting' });
    // A base names it as well.
    expect((await sync(`Plant/${rose.id}`)).body).toMatchObject({ leaf_model_name: 'Rose', generation: 3 });
    const events = await garden.store.database.query(
      "select writer from events where object_id = $1 and kind = 'resync asked for'",
      [rose.id],
    );
    expect(events).toEqual([{ writer: 'api' }, { writer: 'api' }]);
  });

  test('refuses what nothing synchronizes, and what there is not', async () => {
    const { body: bed } = await garden.ask('POST', '/xosapi/v1/garden/beds', { name: 'b' });
    const refused = await sync(`Bed/${bed.id}`);
    expect([refused.status, refused.body.error.code]).toEqual([400, 'E_INVALID']);
    expect(refused.body.error.message).toBe(
      `Bed/${bed.id} has nothing to synchronize: no step is there for Bed`,
    );
    expect((await sync('Rose/999999')).body.error.code).toBe('E_NOT_FOUND');
    expect((await sync('Rose/x')).body.error.code).toBe('E_NOT_FOUND');
    expect((await sync('Ros/1')).body.error.message).toContain('did you mean Rose?');
  });
});
