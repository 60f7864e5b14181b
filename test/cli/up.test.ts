import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../client/http.ts';
import { startAccord } from '../e2e/accord.ts';
import { createTestDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/folder.ts';
import { createNamespace } from '../support/namespace.ts';
import { accordOnTerminal } from '../support/pseudo-terminal.ts';
import { waitFor } from '../support/wait-for.ts';

const DEFINE = JSON.stringify(fileURLToPath(new URL('../../define/index.ts', import.meta.url)));

const FILES = {
  'accord.yaml': 'name: lanterns\n',
  'package.json': '{ "type": "module" }',
  'lanterns.xproto': `option app_label = "lanterns"; option name = "lanterns";
    message Lantern (XOSBase) { required string name = 1 [max_length = 64]; }`,
  'synchronizer.ts': `import { defineSynchronizer, step } from ${DEFINE};
    const lantern = step({
      synchronizes: { name: 'Lantern' },
      syncRecord({ name }) { if (name === 'dark') throw new Error('there is no oil in it'); },
      deleteRecord() {},
    });
    export default defineSynchronizer({
      name: 'lanterns', models: new URL('./lanterns.xproto', import.meta.url), steps: [lantern],
    });`,
};

/** A folder of a synchronizer, and what `accord up` is told for it. */
async function lanterns(): Promise<{ readonly cwd: string; readonly environment: Record<string, string> }> {
  const cwd = await temporaryFolder();
  for (const [path, text] of Object.entries(FILES)) await writeFile(join(cwd, path), text);
  const [temporal, database] = await Promise.all([createNamespace(), createTestDatabase()]);
  onTestFinished(() => temporal.close());
  onTestFinished(() => database.drop());
  const environment = {
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
  };
  return { cwd, environment };
}

const create = async (server: string, names: readonly string[]): Promise<void> => {
  const client = createClient({ server });
  for (const name of names) await client.create('Lantern', { name });
};

test(
  'accord up shows on a terminal how the fleet is, and what has failed',
  { timeout: 300_000 },
  async () => {
    const { cwd, environment } = await lanterns();
    const up = await accordOnTerminal(['up', '.'], environment, { cwd });
    onTestFinished(async () => {
      await up.stop();
    });
    const empty = await up.shows(/^0 objects$/m);
    expect(empty).toMatch(/^Web page: {2}http:\/\/.*\/ui\/$/m);
    const [, server = ''] = /^Server: {2}(\S+)$/m.exec(empty) ?? [];

    await create(server, ['one', 'two', 'dark']);
    const shown = await up.shows(/^3 objects {2}✔ 2 Synced {2}✗ 1 Error$/m);
    expect(shown).toMatch(
      /^✗ Lantern\/\d+ dark {3}Error, \d+ \w+, \d+ failures?, next (?:in \d+ \w+|now)\n {3}there is no oil in it$/m,
    );
    // Drawn in place: the state of before is not there any more.
    expect(shown).not.toContain('0 objects');
    expect(up.seen()).toContain('0 objects');

    expect((await up.stop()).code).toBe(0);
    await up.drained;
    expect(up.screen()).not.toMatch(/objects|no oil/);
    expect(up.screen()).toMatch(/Ctrl-C ends it all\.\n(?:\^C)?Stopping …\n/);
  },
);

test('accord up elsewhere says where it is, and nothing moves', { timeout: 300_000 }, async () => {
  const { cwd, environment } = await lanterns();
  // Where the metrics of one worker could be is of no use to several: it is not heeded.
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => void taken.close(() => resolve())));
  const metrics = { ACCORD_METRICS_BIND: `127.0.0.1:${(taken.address() as AddressInfo).port}` };
  const up = await startAccord(['up', '.'], { ...environment, ...metrics }, { cwd, stopSignal: 'SIGINT' });
  onTestFinished(async () => {
    await up.stop();
  });
  const server = (await up.said(/^Server:/)).replace(/^Server: */, '');
  await create(server, ['one', 'dark']);
  const client = createClient({ server });
  await waitFor(
    'one to be done and one to fail',
    async () => {
      const { Synced, Error: failed } = (await client.summary()).states;
      return Synced === 1 && failed === 1 ? true : undefined;
    },
    () => client.summary(),
    60_000,
  );
  expect((await up.stop()).code).toBe(0);
  await up.drained;
  const said = up.lines.slice(up.lines.findIndex((line) => line.startsWith('Server:')));
  expect(said).toEqual([
    `Server:  ${server}`,
    `Web page:  ${server}/ui/`,
    `Logs are in ${join(cwd, '.accord/up')}/log. Ctrl-C ends it all.`,
    'Stopping …',
  ]);
});

test(
  'accord up of several folders heeds no setting that could mean any of them',
  { timeout: 300_000 },
  async () => {
    const { cwd, environment } = await lanterns();
    const beside = await temporaryFolder();
    for (const [path, text] of Object.entries(FILES))
      await writeFile(
        join(beside, path.replace('lantern', 'torche')),
        text.replaceAll('lantern', 'torche').replaceAll('Lantern', 'Torch'),
      );
    const up = await startAccord(['up', '.', beside], { ...environment, ACCORD_PRETEND: 'true' }, { cwd });
    onTestFinished(async () => {
      await up.stop();
    });
    const server = (await up.said(/^Server:/)).replace(/^Server: */, '');
    await create(server, ['one']);
    const client = createClient({ server });
    await waitFor(
      'it to be done, and not only pretended',
      async () => ((await client.summary()).states['Synced'] === 1 ? true : undefined),
      () => client.summary(),
      60_000,
    );
  },
);

test(
  'accord up takes from files what it is told, and asks its server by its token',
  { timeout: 300_000 },
  async () => {
    const { cwd, environment } = await lanterns();
    const files: Record<string, string> = {};
    for (const [name, value] of Object.entries({ ...environment, ACCORD_TOKEN: 'open sesame, please' })) {
      files[`${name}_FILE`] = join(cwd, `${name}.txt`);
      await writeFile(join(cwd, `${name}.txt`), `${value}\n`);
    }
    const up = await startAccord(['up', '.'], { ...files, ACCORD_BIND: '127.0.0.1:0' }, { cwd });
    onTestFinished(async () => {
      await up.stop();
    });
    const server = (await up.said(/^Server:/)).replace(/^Server: */, '');
    await expect(createClient({ server }).models()).rejects.toMatchObject({ status: 401 });
    const models = await createClient({ server, token: 'open sesame, please' }).models();
    expect(models.map(({ name }) => name)).toContain('Lantern');
  },
);
