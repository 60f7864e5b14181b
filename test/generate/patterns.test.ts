import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { accord } from '../cli/recorder.ts';
import { temporaryFolder } from '../support/folder.ts';
import { errorsIn } from './compile.ts';

const XPROTO = `option app_label = "own";
message Hall (XOSBase) { option pattern = "playbook"; required string name = 1 [max_length = 64]; }
message Lamp (XOSBase) {
  option rest_url = "{env.LAMPS}/halls/{name}/$\`/{id}";
  option ready_when = "hall.backend_handle, spare.name";
  required string name = 1 [max_length = 64];
  required manytoone hall->Hall:lamps = 2:1001;
  optional manytoone spare->Hall:spares = 3:1002;
}
message Bulb (XOSBase) { option ready_when = "lamp.backend_handle"; required manytoone lamp->Lamp:bulbs = 1:1001; }
message Desk (ServiceInstance) { option pattern = "mirror"; }
message Chair (TenantWithContainer) { option ready_when = "instance.ip"; optional int32 legs = 1; }
`;

test('options of models say which pattern their steps follow, and what must be there first', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'own.xproto'), XPROTO);
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  expect((await accord(['generate', folder])).exitCode).toBe(0);
  const steps = ['hall', 'lamp', 'bulb', 'desk', 'chair'].map((name) =>
    join(folder, `steps/sync_${name}.ts`),
  );
  expect(errorsIn(steps)).toEqual([]);
  const [hall, lamp, bulb, desk, chair] = await Promise.all(steps.map((file) => readFile(file, 'utf8')));
  expect(hall).toContain('ansibleStep({');
  expect(lamp).toContain('restStep({');
  expect(lamp).toContain(
    "`${process.env['LAMPS'] ?? ''}/halls/${encodeURIComponent(String(object.name))}/$\\`/",
  );
  expect(lamp).toContain("ready(await follow(object.spare), 'name');");
  expect(bulb).toContain("ready(await follow(object.lamp), 'backend_handle');");
  expect(desk).toContain('= step({');
  expect(chair).toContain(
    "async getExtraAttributes(object, { follow }) {\n    ready(await follow(object.instance), 'ip');",
  );
});
