import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { expect, onTestFinished } from 'vitest';
import { z } from 'zod';

const Facts = z.looseObject({ pid: z.number(), url: z.string().optional(), folder: z.string().optional() });

export interface Parent {
  /** What the part said of itself. */
  facts: z.infer<typeof Facts>;
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

interface ParentOptions {
  root?: string;
  user?: { uid: number; gid: number };
}

/** Start a process of its own that starts a part; see start-and-wait.ts. */
export async function startParent(
  args: readonly string[],
  { root, user }: ParentOptions = {},
): Promise<Parent> {
  const script = join(root ?? join(import.meta.dirname, '../..'), 'test/platform/start-and-wait.ts');
  const parent = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: '/',
    ...user,
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const ended = once(parent, 'exit');
  const line = await Promise.race([
    once(createInterface({ input: parent.stdout }), 'line').then(([text]) => String(text)),
    ended.then(([code]) => Promise.reject(new Error(`start-and-wait ended with ${String(code)}`))),
  ]);
  return {
    facts: Facts.parse(JSON.parse(line)),
    end: async (signal) => {
      parent.kill(signal);
      await ended;
    },
  };
}

/** Wait until a process has ended; one that nobody has reaped yet counts as ended. */
export async function untilGone(pid: number): Promise<void> {
  await expect.poll(() => isRunning(pid), { timeout: 20_000, interval: 100 }).toBe(false);
}

export async function isRunning(pid: number): Promise<boolean> {
  const { stdout } = await execa('ps', ['-o', 'stat=', '-p', String(pid)], { reject: false });
  return stdout !== '' && !stdout.startsWith('Z');
}
