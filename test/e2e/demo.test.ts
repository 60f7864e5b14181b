import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { startAccord } from './accord.ts';

/** It brings up its own Postgres and Temporal, and runs playbooks, on a machine that has other things to do. */
const PATIENCE_MS = 240_000;

describe('accord demo', { timeout: 2 * PATIENCE_MS }, () => {
  test('shows everything synced, keeps its folder to itself, and leaves nothing behind after Ctrl-C', async () => {
    const cwd = await temporaryFolder();
    const demo = await startAccord(['demo'], {}, { cwd, stopSignal: 'SIGINT' });
    await waitFor(
      'the demo to be up',
      () => {
        if (demo.hasEnded()) throw new Error(demo.lines.join('\n'));
        return demo.lines.find((line) => line.includes('Ctrl-C ends it all'));
      },
      () => demo.lines.slice(-15),
      PATIENCE_MS,
    );
    const text = demo.lines.join('\n');
    expect(text.match(/✔ Synced/g)).toHaveLength(11);
    expect(text).toMatch(/Temporal Web UI: +http:\/\/127\.0\.0\.1:\d+/);
    const [, page = ''] = /Page of ExampleServiceInstance\/\d+: +(\S+)/.exec(text) ?? [];
    expect(await (await fetch(page)).text()).toContain('Hello from the first tenant');

    const second = await startAccord(['demo', '--once'], {}, { cwd });
    expect((await second.ended).code).toBe(2);
    await second.drained;
    expect(second.lines.join('\n')).toMatch(/a demo is running already in .*end it first/);

    expect((await demo.stop()).code).toBe(0);
    const left = await processesIn(cwd);
    expect(left).toEqual([]);
    await expect(fetch(page)).rejects.toThrow();
  });

  test('ends by itself when all is synced, and prints the table for machines', async () => {
    const cwd = await temporaryFolder();
    const demo = await startAccord(['demo', '--once', '--json'], {}, { cwd });
    const { code } = await demo.ended;
    await demo.drained;
    const text = demo.lines.join('\n');
    expect(code, text).toBe(0);
    const { items } = JSON.parse(text.slice(text.indexOf('{\n'), text.lastIndexOf('\n}') + 2)) as {
      items: { state: string; object: string }[];
    };
    expect(items.map(({ state }) => state)).toEqual(Array.from({ length: 11 }, () => 'Synced'));
    expect(await processesIn(cwd)).toEqual([]);
  });
});

/** Command lines of processes that name this folder. */
async function processesIn(folder: string): Promise<string[]> {
  const { execa } = await import('execa');
  const { stdout } = await execa('ps', ['-eo', 'args']);
  return stdout.split('\n').filter((line) => line.includes(folder));
}
