import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { harmless } from '../model/strings.ts';
import { hostileValues, HOSTILE_NAMES } from './backend/hostile-values.ts';

test('a log goes to stderr as JSON, and censors what is called a secret', async () => {
  const script = `
    import { createLog } from './log.ts';
    const log = createLog({ name: 'server' });
    log.info({ token: 'hunter2', config: { databaseUrl: 'postgres://a:hunter2@b/c' }, model: 'Color' }, 'server is ready');
    log.debug('never shown');
  `;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    script,
  ]);
  expect(stdout).toBe('');
  const lines = stderr.trim().split('\n');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    name: 'server',
    msg: 'server is ready',
    model: 'Color',
    token: '[secret]',
  });
  expect(stderr).not.toContain('hunter2');
});

/** Run a script on a terminal; what was shown there. */
async function onTerminal(script: string): Promise<string> {
  const spawn = 'import pty, sys; pty.spawn(sys.argv[1:])';
  const node = [process.execPath, '--input-type=module', '-e', script];
  const env = { ...process.env, TERM: 'xterm', NO_COLOR: '1', FORCE_COLOR: '0' };
  return (await promisify(execFile)('python3', ['-c', spawn, ...node], { env })).stdout;
}

/** What acts on a terminal, besides colours, tabs and line ends. */
// eslint-disable-next-line no-control-regex -- that is what is looked for
const ACTING = /(?!\u001b\[[\d;]*m)[^\P{Cc}\r\n\t]|[\u202a-\u202e\u2066-\u2069]/u;

test('nothing that a back end says acts on a terminal', async () => {
  const said = JSON.stringify('a\u001b[2Jb\u009b2Jc\u001b]0;title\u0007d\u202ee\rf\u001b[31mred');
  const log = await onTerminal(`
    import { createLog } from './log.ts';
    createLog().error({ err: new Error(${said}), name: ${said} }, 'attempt failed');
  `);
  expect(log).toContain('attempt failed');
  expect(log).toContain('a\\u001b[2Jb\\u009b2Jc');
  expect(log).not.toMatch(ACTING);

  const command = await onTerminal(`
    import { processTerminal } from './cli/terminal.ts';
    const { out, note } = processTerminal();
    out(${said});
    note(JSON.stringify({ said: ${said} }));
  `);
  expect(command.match(/a\\u001b\[2Jb\\u009b2Jc/g)).toHaveLength(2);
  expect(command).not.toMatch(ACTING);
});

test('hostile values are harmless on a terminal, and JSON stays what it says', () => {
  for (const value of [...hostileValues('/nowhere'), ...HOSTILE_NAMES]) {
    expect(harmless(value)).not.toMatch(ACTING);
    expect(JSON.parse(harmless(JSON.stringify({ value })))).toEqual({ value });
  }
});
