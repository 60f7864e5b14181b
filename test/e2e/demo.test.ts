import { existsSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { accord, startAccord } from './accord.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
/** It starts everything, and may have to install Ansible first. */
const PATIENCE_MS = 420_000;

test(
  'a demo that runs once ends well, tells machines what came of it, and leaves no process',
  {
    timeout: PATIENCE_MS,
  },
  async () => {
    const folder = await temporaryFolder();
    const { exitCode, stdout, stderr } = await execa(process.execPath, [MAIN, 'demo', '--once', '--json'], {
      cwd: folder,
      env: inherited(),
      extendEnv: false,
      reject: false,
    });
    expect(exitCode, stderr).toBe(0);
    // Nothing but the table: what it tells people meanwhile goes to stderr.
    const { items } = JSON.parse(stdout) as { items: { object: string; state: string; enacted: number }[] };
    expect(new Set(items.map(({ state }) => state))).toEqual(new Set(['Synced']));
    expect(new Set(items.map(({ object }) => object.replace(/\/\d+$/, '')))).toEqual(
      new Set(['ExampleService', 'Color', 'ExampleServiceInstance', 'EmbeddedImage']),
    );
    expect(stderr).toMatch(/^ExampleServiceInstance\/\d+.* synced/m);
    await untilNoneOf(folder);
  },
);

test(
  'a demo keeps its folder to itself, and ends all that it started on Ctrl-C',
  {
    timeout: PATIENCE_MS,
  },
  async () => {
    const folder = await temporaryFolder();
    const demo = await startAccord(['demo'], {}, { cwd: folder });
    try {
      const holder = join(folder, '.accord/demo/holder.pid');
      await waitFor('the demo to hold its folder', () => (existsSync(holder) ? true : undefined));

      const second = await accord(['demo', '--once'], {}, { cwd: folder });
      expect(second).toEqual({
        code: 2,
        output: `accord: a demo is running already in ${folder}/.accord/demo (process ${demo.pid}); end it first, or run this one in another clone`,
      });

      await demo.said(/^Ctrl-C ends it all\.$/);
      const page = addressIn(demo.lines, /^Page of ExampleServiceInstance\/\d+.*: {2}(\S+)$/);
      const web = addressIn(demo.lines, /^Temporal Web UI: {2}(\S+)$/);
      expect((await fetch(page)).status).toBe(200);
      expect((await fetch(web)).status).toBe(200);
      // Postgres, Temporal, the back end, the server, a worker: so the search finds what there is.
      expect((await processesOf(folder)).length).toBeGreaterThan(5);

      // A terminal sends it to the whole process group.
      process.kill(-demo.pid, 'SIGINT');
      expect(await demo.ended).toEqual({ code: 0, signal: null });
      await untilNoneOf(folder);
      expect(existsSync(holder)).toBe(false);
    } finally {
      await demo.stop();
    }
  },
);

const inherited = (): Record<string, string | undefined> =>
  Object.fromEntries(['PATH', 'HOME', 'XDG_CACHE_HOME'].map((name) => [name, process.env[name]]));

function addressIn(lines: readonly string[], what: RegExp): string {
  const found = lines.map((line) => what.exec(line)?.[1]).find((address) => address !== undefined);
  if (found === undefined) throw new Error(`no line is like ${String(what)}:\n${lines.join('\n')}`);
  return found;
}

async function untilNoneOf(folder: string): Promise<void> {
  const left = (): Promise<string[]> => processesOf(folder);
  await waitFor('every process to end', async () => ((await left()).length === 0 ? true : undefined), left);
}

/** The processes that work in this folder, or were told of it. */
async function processesOf(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [command, cwd] = await Promise.all([
        readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
        readlink(`/proc/${pid}/cwd`).catch(() => ''),
      ]);
      return `${cwd} ${command}`.includes(folder) ? [`${pid} ${command.replaceAll('\0', ' ')}`] : [];
    }),
  );
  return found.flat();
}
