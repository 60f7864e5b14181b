import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createClient } from '../../client/http.ts';
import { accord } from '../cli/recorder.ts';
import { errorsIn } from '../generate/compile.ts';
import { createTestDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/folder.ts';
import { createNamespace } from '../support/namespace.ts';
import { installDoor } from '../support/package-door.ts';
import { startAccord } from './accord.ts';
import { watch } from './installation.ts';
import { openTown } from './town.ts';

/** A service that is made of patterns alone: no line of its code is written by hand. */
const XPROTO = `option app_label = "town";
option name = "town";
message Size (XOSBase) {
  option pattern = "mirror";
  required string name = 1 [max_length = 64];
  required bool is_usual = 2 [default = False];
}
message Hall (XOSBase) {
  option rest_create = "{env.TOWN}/halls";
  option rest_find = "{env.TOWN}/halls?name={name}";
  option rest_id = "hall_id";
  option pick_default = "size.is_usual";
  required string name = 1 [max_length = 64, unique = True];
  optional string hall_id = 2 [max_length = 64, feedback_state = True];
  optional manytoone size->Size:halls = 3:1001;
}
message Lamp (XOSBase) {
  option rest_url = "{env.TOWN}/lamps/{id}";
  option ready_when = "hall.hall_id";
  required string name = 1 [max_length = 64];
  required manytoone hall->Hall:lamps = 2:1001 [help_text = "Where it hangs"];
}
message Sign (XOSBase) {
  option pattern = "playbook";
  option ready_when = "lamp.backend_handle";
  required string words = 1 [max_length = 64];
  required manytoone lamp->Lamp:signs = 2:1001 [help_text = "What lights it"];
}
message Shop (TenantWithContainer) {
  option pattern = "mirror";
  option with_instance = "instance";
  option pick_default = "size.name=small";
  optional manytoone size->Size:shops = 1:1002;
}
`;

test('a service made of patterns alone compiles and runs', async () => {
  const folder = join(await temporaryFolder(), 'town');
  await mkdir(folder);
  await installDoor(folder);
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'accord.yaml'), 'name: town\n');
  await writeFile(join(folder, 'town.xproto'), XPROTO);
  expect(await accord(['generate', folder])).toMatchObject({ exitCode: 0 });
  await writeFile(
    join(folder, 'synchronizer.ts'),
    `import { defineSynchronizer } from '@accord-sync/accord';
    export default defineSynchronizer({ name: 'town', models: new URL('./town.xproto', import.meta.url) });`,
  );
  expect(await accord(['check', '--strict', folder])).toMatchObject({ exitCode: 0 });
  const names = ['size', 'hall', 'lamp', 'sign', 'shop'];
  const code = names.flatMap((name) => [`steps/sync_${name}.ts`, `policies/model_policy_${name}.ts`]);
  expect(errorsIn(code.map((file) => join(folder, file)))).toEqual([]);

  const [town, temporal, database] = await Promise.all([openTown(), createNamespace(), createTestDatabase()]);
  const up = await startAccord(
    ['up', '.'],
    {
      TOWN: town.url,
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
      ACCORD_DEFERRAL_MS: '1000',
      ACCORD_RETRY_INITIAL_MS: '500',
    },
    { cwd: folder },
  );
  try {
    const client = createClient({ server: (await up.said(/^Server:/)).replace(/^Server:\s*/, '') });
    const { until, untilSynced, untilGone } = watch(client);
    const create = async (model: string, fields: Readonly<Record<string, unknown>>) => ({
      model,
      id: (await client.create(model, fields)).id,
    });

    // No size to pick yet: the policy waits for one. The first POST meets a back end that is too busy.
    town.busyFor('POST');
    const hall = await create('Hall', { name: 'main' });
    await until(hall, ({ state }) => state === 'Deferred', 'to wait for a size');
    const small = await create('Size', { name: 'small', is_usual: true });
    const made = await untilSynced(hall);
    expect(made).toMatchObject({ hall_id: 'h-1', size_id: small.id });
    expect(town.answered).toEqual(['GET /halls 200', 'POST /halls 503', 'GET /halls 200', 'POST /halls 201']);

    const lamp = await create('Lamp', { name: 'east', hall_id: hall.id });
    const sign = await create('Sign', { words: 'Open', lamp_id: lamp.id });
    const { backend_handle } = await untilSynced(sign);
    expect(town.resources.get(`/lamps/${lamp.id}`)).toEqual({ name: 'east', hall_id: hall.id });
    expect(JSON.parse(await readFile(String(backend_handle), 'utf8'))).toEqual({
      words: 'Open',
      lamp_id: lamp.id,
    });

    const site = await create('Site', { name: 'here', login_base: 'here' });
    const service = await create('Service', { name: 'shops' });
    const shop = await create('Shop', { owner_id: service.id });
    await until(shop, ({ state }) => state === 'Deferred', 'to wait for a slice');
    await create('Slice', { name: 'shops', site_id: site.id, service_id: service.id });
    const open = await untilSynced(shop);
    expect(open).toMatchObject({ size_id: small.id, instance_id: expect.any(Number) as number });
    const instance = { model: 'Instance', id: Number(open['instance_id']) };
    expect(await client.get(instance)).toMatchObject({ name: `shop-${shop.id}` });
    await client.remove(shop);
    await untilGone(shop);
    await untilGone(instance);

    // What somebody has removed by hand is no fault.
    await client.remove(sign);
    await untilGone(sign);
    await expect(access(String(backend_handle))).rejects.toThrow('ENOENT');
    town.resources.delete(`/lamps/${lamp.id}`);
    await client.remove(lamp);
    await untilGone(lamp);
    expect(town.answered).toContain(`DELETE /lamps/${lamp.id} 404`);
    await client.remove(hall);
    await untilGone(hall);
    expect(town.answered.at(-1)).toBe('DELETE /halls/h-1 204');
    expect([...town.resources]).toEqual([]);
  } finally {
    await up.stop();
    await Promise.all([town.close(), temporal.close(), database.drop()]);
  }
}, 600_000);
