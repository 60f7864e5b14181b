import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '../client/http.ts';
import type { ApiObject } from '../client/wire.ts';
import { OWN_EXTENSION } from '../own-extension.ts';
import { startProcess, type RunningProcess } from '../platform/process.ts';
import { freePort } from '../platform/ports.ts';
import { EXIT } from './explain.ts';
import { fleetTable } from './fleet-table.ts';
import { HOLDER, holdFolder } from './hold-folder.ts';
import { startInstallation, type Installation } from './installation.ts';
import { spell } from './names.ts';
import { createSamples } from './samples.ts';
import { processTerminal, type Terminal } from './terminal.ts';
import { untilAsked } from './until-asked.ts';
import { waitFor } from './wait.ts';

export interface DemoOptions {
  /** End when everything is synced. */
  readonly once: boolean;
  readonly json: boolean;
  /** Keep what the demo before stored. */
  readonly keep: boolean;
  /** How long `once` waits. @format milliseconds */
  readonly timeoutMs: number;
}

const EXAMPLE = fileURLToPath(new URL('../synchronizers/exampleservice', import.meta.url));
/** Relative to where it is called, as `.accord` is everywhere. */
const DEMO = '.accord/demo';

/** Bring up everything, with the example synchronizer, and show it at work. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const terminal = processTerminal();
  const dir = resolve(DEMO);
  const hold = await holdFolder(dir, 'a demo');
  let exitCode: number = EXIT.ok;
  try {
    if (!options.keep) await wipe(dir);
    const asked = await untilAsked(async (signal) => {
      const { installation, backend, pages } = await start(dir, terminal, signal);
      const stop = async (): Promise<void> => {
        terminal.note('Stopping …');
        await backend.stop();
        await installation.stop();
      };
      const over = new AbortController();
      const isOver = AbortSignal.any([signal, over.signal]);
      try {
        exitCode = await Promise.race([
          show(options, installation, pages, { terminal, signal: isOver }),
          installation.failed,
        ]);
      } catch (error) {
        // Else it would wait on for a server that is gone.
        over.abort();
        await stop();
        throw error;
      }
      return { stop, done: options.once ? Promise.resolve() : installation.failed };
    });
    return exitCode === EXIT.ok ? asked : exitCode;
  } finally {
    await hold.release();
  }
}

async function wipe(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    if (!name.startsWith(HOLDER)) await rm(join(dir, name), { recursive: true, force: true });
  }
}

interface Started {
  readonly installation: Installation;
  readonly backend: RunningProcess;
  /** Where the back end serves the pages. */
  readonly pages: string;
}

async function start(dir: string, terminal: Terminal, signal: AbortSignal): Promise<Started> {
  const folder = join(dir, 'pages');
  await mkdir(join(dir, 'log'), { recursive: true });
  await mkdir(folder, { recursive: true });
  const port = await freePort();
  const pages = `http://127.0.0.1:${port}`;
  const environment = { EXAMPLESERVICE_PAGES: folder, EXAMPLESERVICE_BACKEND: pages };
  const backend = await startProcess(
    process.execPath,
    [join(EXAMPLE, `backend/main${OWN_EXTENSION}`), String(port)],
    {
      env: { ...process.env, ...environment },
      logFile: join(dir, 'log/backend.log'),
    },
  );
  try {
    const installation = await startInstallation({
      dir,
      folders: [EXAMPLE],
      environment: { ...environment, ACCORD_SYS_DIR: join(dir, 'sys') },
      onProgress: terminal.note,
      signal,
    });
    return { installation, backend, pages };
  } catch (error) {
    await backend.stop();
    throw error;
  }
}

async function show(
  options: DemoOptions,
  { server, token, databaseUrl, temporalUi }: Installation,
  pages: string,
  { terminal, signal }: { readonly terminal: Terminal; readonly signal: AbortSignal },
): Promise<number> {
  const client = createClient({ server, token });
  const created = await createSamples(databaseUrl, join(EXAMPLE, 'samples.yaml'));
  const refs = created.length > 0 ? created : await everything(client);
  terminal.note(`Created ${created.length} objects in one transaction:`);
  // Results are for stdout; as long as it is watched, this is progress.
  const progress = { ...terminal, out: terminal.note };
  const exitCode = await waitFor(
    refs,
    { goal: 'synced', timeoutMs: options.timeoutMs, signal },
    { client, terminal: progress },
  );

  const objects = (await Promise.all(refs.map((ref) => client.get(ref)))).filter(isObject);
  if (options.json) {
    terminal.out(JSON.stringify({ items: objects.map(forMachines) }, null, 2));
    return exitCode;
  }
  const instances = objects.filter(
    (object) =>
      typeof object['backend_handle'] === 'string' && object.leaf_model_name === 'ExampleServiceInstance',
  );
  terminal.out(fleetTable(objects, terminal));
  terminal.out('');
  for (const instance of instances)
    terminal.out(`Page of ${spell(instance)}:  ${pages}${String(instance['backend_handle'])}`);
  const [first] = instances;
  terminal.out(`Web page of Accord:  ${server}/ui/`);
  terminal.out(`Server (REST):  ${server}/xosapi/v1/exampleservice/exampleserviceinstances`);
  if (temporalUi !== undefined) terminal.out(`Temporal Web UI:  ${temporalUi}`);
  if (first !== undefined && !options.once) {
    terminal.out(
      'Try:  ' +
        `npm run -s accord -- --server ${server} update ${spell(first)} tenant_message="Hello again"`,
    );
    terminal.out('Ctrl-C ends it all.');
  }
  return exitCode;
}

async function everything(client: ReturnType<typeof createClient>): Promise<{ model: string; id: number }[]> {
  const models = (await client.models()).filter(({ abstract, app }) => !abstract && app === 'exampleservice');
  const lists = await Promise.all(models.map(({ name }) => client.list(name)));
  return lists.flat().map((object) => ({ model: object.leaf_model_name, id: object.id }));
}

const isObject = (object: ApiObject | null): object is ApiObject => object !== null;

const forMachines = (object: ApiObject) => ({
  object: spell(object),
  name: object['name'] ?? null,
  state: object.state,
  backend_code: object.backend_code,
  backend_status: object.backend_status,
  generation: object.generation,
  enacted: object.enacted,
});
