import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { accord } from './recorder.ts';

describe('the command line', () => {
  test('lists its commands, on stdout', async () => {
    const { exitCode, stdout, stderr } = await accord(['--help']);
    expect([exitCode, stderr]).toEqual([0, '']);
    for (const command of [
      'demo',
      'up',
      'server',
      'worker',
      'doctor',
      'get',
      'create',
      'update',
      'delete',
      'wait',
      'check',
      'generate',
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${command}[ |]`, 'm'));
    }
  });

  test.each([
    [['gett'], /unknown command 'gett'\n\(Did you mean get\?\)/],
    [['get', '-o', 'xml'], /Allowed choices are table, wide, json, yaml, name/],
    [['delete'], /missing required argument 'object'/],
    [['wait', 'Bed/1', '--for', 'lunch'], /Allowed choices are synced, deleted/],
    [['wait', 'Bed/1', '--timeout', 'soon'], /"soon" is no span of time/],
    [[], /^Usage: accord/],
  ])('does not understand %j: exit code 2', async (args, says) => {
    const { exitCode, stdout, stderr } = await accord(args);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(says);
  });

  test('says where no server is, and how to start one; its stack only when asked to', async () => {
    const brief = await accord(['get', 'Bed'], { ACCORD_SERVER: 'http://127.0.0.1:9' });
    expect(brief.exitCode).toBe(1);
    expect(brief.stderr).toBe(
      'accord: the server at http://127.0.0.1:9 cannot be reached: bad port\n' +
        'Start one with `accord up DIR` or `accord server`, or name another with --server or ACCORD_SERVER.',
    );
    const long = await accord(['get', 'Bed', '--verbose', '--server', '127.0.0.1:1']);
    expect(long.stderr).toMatch(/\n {4}at .*http\.ts/);
  });

  test('says when what answers is no Accord server', async () => {
    const other = createServer((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>hello</h1>'),
    );
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = `127.0.0.1:${(other.address() as AddressInfo).port}`;
    try {
      const { exitCode, stderr } = await accord(['get', '--server', address]);
      expect(exitCode).toBe(1);
      expect(stderr).toContain(`http://${address} answered 200, and not as an Accord server does`);
    } finally {
      other.close();
    }
  });
});
