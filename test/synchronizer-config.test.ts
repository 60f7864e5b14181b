import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError, type Environment } from '../config.ts';
import { amongOthers, parseSynchronizerConfig, readSynchronizerConfig } from '../synchronizer-config.ts';

const parse = (text: string, environment: Environment = {}, alone = true) =>
  parseSynchronizerConfig(text, { file: 'accord.yaml', environment, alone });

const faultsOf = (text: string, environment: Record<string, string> = {}): readonly string[] => {
  try {
    parse(text, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
};

describe('accord.yaml', () => {
  test('needs a name alone', () => {
    expect(parse('name: web')).toMatchObject({
      name: 'web',
      disabled: false,
      sysDir: '.accord/sys/web',
      sysKeepDeletedHours: 0,
      applist: ['core'],
      backoffDisabled: false,
      enableWatchers: true,
    });
  });

  test('is read from the folder of the synchronizer', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'accord-config-'));
    try {
      await expect(readSynchronizerConfig(folder)).rejects.toThrow(/accord\.yaml cannot be read/);
      await writeFile(join(folder, 'accord.yaml'), 'name: web\ndisabled: true\n');
      expect(await readSynchronizerConfig(folder, { environment: {} })).toMatchObject({
        name: 'web',
        disabled: true,
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('knows the old names of XOS', () => {
    expect(parse('name: web\nobserver_sys_dir: /opt/sys')).toMatchObject({ sysDir: '/opt/sys' });
    expect(faultsOf('name: web\nsys_dir: a\nobserver_sys_dir: b')).toEqual([
      expect.stringContaining('twice'),
    ]);
  });

  test('names the nearest key of one that it does not know', () => {
    expect(faultsOf('name: web\nsysdir: x')).toEqual([
      'accord.yaml: unknown key sysdir; did you mean sys_dir?',
    ]);
  });

  test('names every fault at once', () => {
    const faults = faultsOf('name: 7up\ndisabled: perhaps\nlog_fiel: x\nsys_dir: 5');
    expect(faults).toHaveLength(4);
    expect(faultsOf('')).toEqual([expect.stringContaining('name must be given')]);
  });

  test('reads where the log goes besides the console', () => {
    const { logstashHostport, logFile } = parse(
      'name: web\nlogstash_hostport: 127.0.0.1:5000\nlog_file: x.log',
    );
    expect(logstashHostport).toEqual({ host: '127.0.0.1', port: 5000 });
    expect(logFile).toBe('x.log');
  });

  test('reads the limits of back ends, and names what is wrong with them', () => {
    const { limits } = parse('name: web\nlimits: {switch: {concurrency: 2, per_second: 0.5}}');
    expect([...limits]).toEqual([['switch', { concurrency: 2, perSecond: 0.5 }]]);
    expect(faultsOf('name: web\nlimits: {switch: {}}')).toEqual([
      'accord.yaml: limits switch must have concurrency, per_second, or both',
    ]);
    expect(faultsOf('name: web\nlimits: {switch: {rate: 2}}')[0]).toContain('unknown key rate');
  });

  test('says how playbooks are run, and by which host instances are reached', () => {
    expect(parse('name: web')).toMatchObject({ ansible: {}, proxySsh: undefined });
    const text =
      'name: web\nansible: {dispatcher: cold, forks: 3}\nproxy_ssh: {port: 2222, host_keys: ssh-rsa A}';
    expect(parse(text)).toMatchObject({
      ansible: { dispatcher: 'cold', forks: 3 },
      proxySsh: { port: 2222, host_keys: ['ssh-rsa A'] },
    });
    // A key without a value counts as not given, as everywhere; an empty jump host is the Instance's node.
    expect(parse('name: web\nansible: {forks: }\nproxy_ssh: {}')).toMatchObject({
      ansible: {},
      proxySsh: {},
    });
  });

  test.each([
    ['ansible: {dispatcer: warm}', 'ansible has the unknown key dispatcer; did you mean dispatcher?'],
    ['ansible: {forks: 0}', 'ansible forks must be a number from 1 to 1000'],
    [
      'ansible: {dispatcher: hot, forks: x}',
      'ansible dispatcher must be one of warm, cold; forks must be a number',
    ],
    ['proxy_ssh: {usr: root}', 'proxy_ssh has the unknown key usr; did you mean user?'],
    ['proxy_ssh: {port: 70000}', 'proxy_ssh port must be a number from 1 to 65535'],
    ['proxy_ssh: node-1', 'proxy_ssh must be a mapping'],
  ])('refuses %s', (line, says) => {
    expect(faultsOf(`name: web\n${line}`)).toEqual([expect.stringContaining(says)]);
  });

  test('accepts what is not built yet where it says the default', () => {
    expect(parse('name: web\npretend: false\nsteps_dir: steps').pretend).toBe(false);
  });

  test.each([
    ['a list', '- name: web', 'must be a mapping'],
    ['no YAML', 'name: [web', 'accord.yaml:'],
    ['a key twice', 'name: a\nname: b', 'accord.yaml:2'],
  ])('refuses %s', (_name, text, says) => {
    expect(faultsOf(text)[0]).toContain(says);
  });
});

describe('the environment', () => {
  const text = 'name: my-web\nsys_dir: file\ndisabled: true';

  test('wins over the file, by the name of the synchronizer first', () => {
    const environment = { ACCORD_MY_WEB_SYS_DIR: 'mine', ACCORD_SYS_DIR: 'any', observer_sys_dir: 'old' };
    expect(parse(text, environment).sysDir).toBe('mine');
    expect(parse(text, { ...environment, ACCORD_MY_WEB_SYS_DIR: '' }).sysDir).toBe('any');
    expect(parse(text, { observer_sys_dir: 'old' }).sysDir).toBe('old');
    expect(parse(text).sysDir).toBe('file');
  });

  test('speaks to one synchronizer of several by its name only', () => {
    expect(parse(text, { ACCORD_SYS_DIR: 'any' }, false).sysDir).toBe('file');
    expect(parse(text, { ACCORD_MY_WEB_SYS_DIR: 'mine' }, false).sysDir).toBe('mine');
  });

  test('says to a process that loads one of several no more than to one that loads them all', () => {
    const environment = {
      ACCORD_PRETEND: 'true',
      ACCORD_SYS_DIR: 'any',
      observer_backoff_disabled: 'true',
      ACCORD_MY_WEB_DISABLED: 'false',
      ACCORD_SLOTS: '7',
    };
    expect(parse(text, amongOthers(environment))).toEqual(parse(text, environment, false));
    expect(amongOthers(environment)).toEqual({ ACCORD_MY_WEB_DISABLED: 'false', ACCORD_SLOTS: '7' });
  });

  test('can say false', () => {
    expect(parse(text, { ACCORD_DISABLED: 'false' }).disabled).toBe(false);
  });

  test('is named in a fault', () => {
    expect(faultsOf(text, { ACCORD_DISABLED: 'maybe' })).toEqual(['ACCORD_DISABLED must be true or false']);
  });
});
