import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

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
