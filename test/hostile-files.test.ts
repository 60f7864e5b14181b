import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { expect, test } from 'vitest';
import { readWishes } from '../cli/wishes.ts';
import type { ApiModel } from '../client/wire.ts';
import { ConfigError, readConfig } from '../config.ts';
import { parseModelDeps } from '../plan/model-deps.ts';
import { parseSynchronizerConfig } from '../synchronizer-config.ts';
import { hostileValues, HOSTILE_NAMES } from './backend/hostile-values.ts';
import { survive } from './model/survive.ts';
import { temporaryFolder } from './support/folder.ts';

const VALUES = [...new Set([...hostileValues('/nowhere'), ...HOSTILE_NAMES])];

/** What comes of it; undefined when it was refused as a configuration is. Anything else that is thrown is a fault of ours. */
function orRefused<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const fault of error.faults) expect(fault).toMatch(/\w+ \w+/);
    return undefined;
  }
}

const synchronizer = (text: string) =>
  orRefused(() => parseSynchronizerConfig(text, { file: 'accord.yaml', environment: {}, alone: true }));

test('accord.yaml takes a hostile value as text, or refuses it', () => {
  const keys = ['version', 'sys_dir', 'steps_dir', 'log_file', 'ansible', 'proxy_ssh', 'applist', 'disabled'];
  keys.push('model_policies_dir', 'watchers_dir', 'dependency_graph');
  for (const value of VALUES) {
    synchronizer(value);
    synchronizer(`name: web\nsys_dir: ${value}`);
    expect(synchronizer(dump({ name: 'web', [value]: 1 }))).toBeUndefined();
    for (const key of keys) synchronizer(dump({ name: 'web', [key]: value }));
    synchronizer(dump({ name: 'web', limits: { [value]: { concurrency: 1 } } }));
    const named = synchronizer(dump({ name: value }));
    // It is a task queue, a part of paths, and of names of variables.
    if (named !== undefined) expect(named.name).toMatch(/^[A-Za-z][\w-]{0,62}$/);
    const placed = synchronizer(dump({ name: 'web', sys_dir: value }));
    if (placed !== undefined) expect([placed.sysDir, /\p{Cc}/u.test(placed.sysDir)]).toEqual([value, false]);
  }
});

test('accord.yaml takes hostile addresses and accounts as they are, or refuses them', () => {
  for (const value of VALUES) {
    for (const written of [value, `${value}:5000`, `[${value}]:5000`, `localhost:${value}`]) {
      const to = synchronizer(dump({ name: 'web', logstash_hostport: written }))?.logstashHostport;
      if (to === undefined) continue;
      expect([to.host, `[${to.host}]`]).toContain(written.slice(0, written.lastIndexOf(':')));
      expect(to.port).toBe(Number(written.slice(written.lastIndexOf(':') + 1)));
      expect(to.host).not.toMatch(/[\p{Cc}\s/]/u);
    }
    for (const member of ['host', 'user', 'key']) {
      const proxy = synchronizer(dump({ name: 'web', proxy_ssh: { [member]: value } }))?.proxySsh;
      if (proxy !== undefined) expect([proxy, /\p{Cc}/u.test(value)]).toEqual([{ [member]: value }, false]);
    }
    const port = synchronizer(dump({ name: 'web', proxy_ssh: { port: value } }))?.proxySsh?.port;
    if (port !== undefined) expect([port, port > 0 && port < 65_536]).toEqual([Number(value), true]);
    const keys = synchronizer(dump({ name: 'web', proxy_ssh: { host_keys: [value] } }))?.proxySsh?.host_keys;
    for (const key of keys ?? []) expect(value).toContain(key);
    for (const key of keys ?? []) expect(key).not.toMatch(/\p{Cc}/u);
    expect(synchronizer(dump({ name: 'web', proxy_ssh: { [value]: 'a' } }))).toBeUndefined();
  }
});

test('the environment takes a hostile value as text, or refuses it', () => {
  const variables = [
    'TEMPORAL_ADDRESS',
    'TEMPORAL_NAMESPACE',
    'ACCORD_PUBLIC_URL',
    'ACCORD_BIND',
    'ACCORD_TOKEN',
  ];
  const others = ['ACCORD_ALLOWED_HOSTS', 'ACCORD_TRUSTED_PROXIES', 'ACCORD_SLOTS', 'ACCORD_RETRY_FACTOR'];
  for (const value of VALUES)
    for (const variable of [...variables, ...others, 'DATABASE_URL', 'ACCORD_TOKEN_FILE'])
      orRefused(() => readConfig({ [variable]: value }));
});

test('model-deps.yaml takes a hostile value as a name, or refuses it', () => {
  for (const value of VALUES) {
    parseModelDeps(value);
    parseModelDeps(`A: [${value}]`);
    expect([...parseModelDeps(dump({ [value]: ['B'] })).deps]).toEqual([
      [value, [{ dest: 'B', isGuess: false }]],
    ]);
    const { deps, faults } = parseModelDeps(dump({ A: [['B', 'c', value]] }));
    expect([faults, deps.get('A')?.length]).toEqual([[], 1]);
  }
});

test('xproto takes a hostile value as text, or says what is wrong with it', { timeout: 120_000 }, () => {
  // What stands in them would be taken for a slip of ours.
  for (const value of VALUES.filter((one) => one.length < 10_000 && !/undefined|NaN/.test(one))) {
    survive(value);
    survive(`message M (XOSBase) { required string a = 1 [help_text = "${value}", default = "${value}"]; }`);
    survive(`option app_label = "${value}"; message ${value} (XOSBase) { required string ${value} = 1; }`);
    survive(`policy ${value} < ${value} > message M::p (XOSBase) {} policy p < obj.a = "${value}" >`);
  }
});

/** A kilobyte that stands for a billion values. */
const BOMB = [
  'a: &a [x,x,x,x,x,x,x,x,x,x]',
  ...Array.from(
    'bcdefghi',
    (name, at) =>
      `${name}: &${name} [${Array(10)
        .fill(`*${'abcdefgh'[at] ?? ''}`)
        .join()}]`,
  ),
  'model: Bed',
].join('\n');

test('a file that stands for more than it holds is refused, and quickly', async () => {
  expect(parseModelDeps(BOMB).faults).toEqual([expect.stringContaining('aliases')]);
  expect(parseModelDeps('A: &a [*a]').faults).toEqual([expect.stringContaining('aliases')]);
  const folder = await temporaryFolder();
  const wish = async (text: string) => {
    await writeFile(join(folder, 'wish.yaml'), text);
    const model: ApiModel = {
      ...{ name: 'Bed', app: 'garden', plural: 'beds', abstract: false, bases: [], description: '' },
      ...{ synchronizer: 'garden', managed: true, fields: [] },
    };
    return readWishes([join(folder, 'wish.yaml')], [model]);
  };
  for (const text of [BOMB, '&a {model: Bed, x: *a}']) await expect(wish(text)).rejects.toThrow('aliases');
  await expect(wish('['.repeat(20_000))).rejects.toThrow(/wish\.yaml: nesting/);
  for (const tag of [
    '!!js/function',
    '!!python/object/apply:os.system',
    '!!python/name:os.system',
    '!vault',
    '!x',
  ])
    await expect(wish(`model: Bed\nx: ${tag} "id"`)).rejects.toThrow(/wish\.yaml: .*tag/);
  // What is merely used again stays what it is.
  expect(await wish('- &one {model: Bed, tags: [a]}\n- *one')).toEqual(
    Array(2).fill({ model: 'Bed', tags: ['a'] }),
  );
  expect(JSON.stringify(await wish('{model: Bed, __proto__: {x: 1}}'))).toContain('"__proto__":{"x":1}');
});
