import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openGarden, type Garden } from '../server/garden.ts';
import { accord } from './recorder.ts';

let garden: Garden;
let server: string;
beforeAll(async () => {
  garden = await openGarden();
  await garden.server.listen({ host: '127.0.0.1', port: 0 });
  server = `http://127.0.0.1:${(garden.server.server.address() as AddressInfo).port}`;
});
afterAll(() => garden.close());

test('ui prints where the page is, or an object on it', async () => {
  const { body: bed } = await garden.ask('POST', '/xosapi/v1/garden/beds', { name: 'herbs' });
  const environment = { ACCORD_SERVER: server };
  expect(await accord(['ui', '--no-open'], environment)).toMatchObject({
    exitCode: 0,
    stdout: `${server}/ui/`,
  });
  const { stdout } = await accord(['ui', 'Bed/herbs', '--no-open'], environment);
  expect(stdout).toBe(`${server}/ui/#/objects/Bed/${bed.id}`);
});
