import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { runProcess, startProcess } from '../../platform/process.ts';
import { temporaryFolder } from '../support/folder.ts';
import { isRunning, startParent, untilGone } from './parent.ts';

// Ends on SIGKILL only, once its file is there.
const STUBBORN = 'trap "" TERM; touch "$0"; while :; do sleep 1; done';

describe('a process that was started', () => {
  test('ends with its parent, even when that is killed', async () => {
    const parent = await startParent(['process', '10', 'sleep', '1000']);
    expect(await isRunning(parent.facts.pid)).toBe(true);
    await parent.end('SIGKILL');
    await untilGone(parent.facts.pid);
  });

  test('is killed when it does not end with its parent', async () => {
    const ready = join(await temporaryFolder(), 'ready');
    const parent = await startParent(['process', '1', 'sh', '-c', STUBBORN, ready]);
    await expect.poll(() => existsSync(ready)).toBe(true);
    await parent.end('SIGKILL');
    await untilGone(parent.facts.pid);
  });

  test('is asked to end', async () => {
    const mannered = await startProcess('sleep', ['1000']);
    expect(await mannered.stop()).toEqual({ code: null, signal: 'SIGTERM' });
  });

  test('is killed when it does not end on being asked', async () => {
    const ready = join(await temporaryFolder(), 'ready');
    const stubborn = await startProcess('sh', ['-c', STUBBORN, ready], { graceSeconds: 1 });
    await expect.poll(() => existsSync(ready)).toBe(true);
    expect(await stubborn.stop()).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('is out of reach of the Ctrl-C that reaches its parent', async () => {
    const child = await startProcess('sleep', ['1000']);
    const { stdout } = await execa('ps', ['-o', 'pgid=', '-p', `${child.pid}`]);
    await child.stop();
    expect(Number(stdout)).toBe(child.pid);
  });

  test('leaves no watcher behind when it ends by itself', async () => {
    const mark = `mark-${process.pid}`;
    const { exit } = await runProcess('sh', ['-c', 'exit 3', mark]);
    expect(exit).toEqual({ code: 3, signal: null });
    const watchers = async (): Promise<boolean> =>
      (await execa('ps', ['-eo', 'args='])).stdout.includes(mark);
    await expect.poll(watchers).toBe(false);
  });

  test('gives its output, the last line without an end included', async () => {
    const { output } = await runProcess('sh', ['-c', 'echo one; printf two']);
    expect(output).toBe('one\ntwo');
  });

  test('that does not exist is an end with code 127', async () => {
    const { exit } = await runProcess('no-such-command', []);
    expect(exit.code).toBe(127);
  });
});
