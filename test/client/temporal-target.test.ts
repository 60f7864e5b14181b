import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { describe, expect, inject, test } from 'vitest';
import { openTemporal } from '../../client/temporal.ts';
import { temporalTargetOf } from '../../client/temporal-target.ts';
import { ConfigError, readConfig } from '../../config.ts';
import { temporaryFolder } from '../support/folder.ts';

const hasOpenssl = ((): boolean => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe('how Temporal is spoken to', () => {
  test('is plain text unless the environment says more', () => {
    expect(temporalTargetOf(readConfig({}), {})).toEqual({
      address: '127.0.0.1:7233',
      namespace: 'default',
      credentials: {},
    });
  });

  test('is over TLS with an API key', () => {
    const environment = { TEMPORAL_ADDRESS: 'temporal.example:7233', TEMPORAL_API_KEY: 'k' };
    const target = temporalTargetOf(readConfig(environment), environment);
    expect(target).toMatchObject({
      address: 'temporal.example:7233',
      credentials: { tls: true, apiKey: 'k' },
    });
  });

  test('is refused with the reason, when a certificate that is named is not there', () => {
    const environment = { TEMPORAL_TLS_SERVER_CA_CERT_PATH: '/nowhere/ca.pem' };
    expect(() => temporalTargetOf(readConfig({}), environment)).toThrow(ConfigError);
    expect(() => temporalTargetOf(readConfig({}), environment)).toThrow(/TEMPORAL_TLS.*\/nowhere\/ca\.pem/);
  });

  test.skipIf(!hasOpenssl)('is over TLS on both sides with certificates', async () => {
    const folder = await temporaryFolder();
    const path = (name: string): string => join(folder, name);
    certificates(folder);
    const gate = createServer(
      {
        key: await readFile(path('server.key')),
        cert: await readFile(path('server.pem')),
        ca: await readFile(path('ca.pem')),
        requestCert: true,
        rejectUnauthorized: true,
        ALPNProtocols: ['h2'],
      },
      (socket) => {
        const [host = '', port = ''] = inject('temporalAddress').split(':');
        const behind = connect(Number(port), host);
        socket.on('error', () => behind.destroy());
        behind.on('error', () => socket.destroy());
        socket.pipe(behind).pipe(socket);
      },
    );
    gate.listen(0, '127.0.0.1');
    await once(gate, 'listening');
    const environment = {
      TEMPORAL_ADDRESS: `127.0.0.1:${(gate.address() as AddressInfo).port}`,
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: path('ca.pem'),
      TEMPORAL_TLS_SERVER_NAME: 'temporal.test',
    };
    const ask = async (more: Readonly<Record<string, string>>): Promise<unknown> => {
      const { client, close } = openTemporal(
        temporalTargetOf(readConfig(environment), { ...environment, ...more }),
      );
      try {
        return await client.withDeadline(Date.now() + 5_000, () => client.workflowService.getSystemInfo({}));
      } finally {
        await close();
      }
    };
    try {
      const ours = {
        TEMPORAL_TLS_CLIENT_CERT_PATH: path('client.pem'),
        TEMPORAL_TLS_CLIENT_KEY_PATH: path('client.key'),
      };
      expect(await ask(ours)).toHaveProperty('serverVersion');
      await expect(ask({})).rejects.toThrow();
      await expect(ask({ ...ours, TEMPORAL_TLS_SERVER_NAME: 'another.test' })).rejects.toThrow();
    } finally {
      gate.close();
    }
  });
});

/** An authority, and what it vouches for: the server `temporal.test`, and a client. */
function certificates(folder: string): void {
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  };
  const key = (name: string): string[] => ['-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`];
  openssl('req', '-x509', ...key('ca'), '-out', 'ca.pem', '-days', '2', '-subj', '/CN=authority');
  for (const [name, host] of [
    ['server', 'temporal.test'],
    ['client', 'worker.test'],
  ] as const) {
    const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`];
    openssl('req', ...key(name), '-out', `${name}.csr`, ...subject);
    openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
      ...['-copy_extensions', 'copy', '-out', `${name}.pem`, '-days', '2'],
    );
  }
}
