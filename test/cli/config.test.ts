import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { showConfig } from '../../cli/config.ts';
import { DEFAULTS, readConfig } from '../../config.ts';
import { temporaryFolder } from '../support/folder.ts';
import { recorder } from './recorder.ts';

async function folderWith(yaml: string): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'accord.yaml'), yaml);
  return folder;
}

async function settings(
  folders: string[],
  environment: Record<string, string> = {},
): Promise<Record<string, readonly [value: string, from: string]>> {
  const { terminal, written } = recorder();
  expect(await showConfig(folders, { json: true }, terminal, environment)).toBe(0);
  const lines = JSON.parse(written().stdout) as { of: string; key: string; value: string; from: string }[];
  return Object.fromEntries(lines.map(({ of, key, value, from }) => [`${of} ${key}`, [value, from]]));
}

describe('accord config', () => {
  test('says of each setting what holds and where it comes from', async () => {
    const folder = await folderWith('name: lights\npretend: false\nobserver_sys_dir: /var/lib/<name>\n');
    const found = await settings([folder], {
      ACCORD_SLOTS: '7',
      ACCORD_LIGHTS_DISABLED: 'true',
      observer_backoff_disabled: 'true',
      ACCORD_ENABLE_WATCHERS: '',
    });
    expect(found).toMatchObject({
      'processes ACCORD_SLOTS': ['7', 'ACCORD_SLOTS'],
      'processes ACCORD_BIND': ['127.0.0.1:8000', 'default'],
      'lights name': ['lights', `${folder}/accord.yaml: name`],
      // A value that is false counts as given.
      'lights pretend': ['false', `${folder}/accord.yaml: pretend`],
      'lights sys_dir': ['/var/lib/lights', `${folder}/accord.yaml: sys_dir`],
      'lights disabled': ['true', 'ACCORD_LIGHTS_DISABLED'],
      'lights backoff_disabled': ['true', 'observer_backoff_disabled'],
      'lights enable_watchers': ['true', 'default'],
    });
  });

  test('names every variable as it is read', async () => {
    for (const key of Object.keys(await settings([]))) {
      const variable = key.replace('processes ', '');
      const odd = 'no value of any setting \u0000';
      const isFree = ['ACCORD_TOKEN', 'TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'ACCORD_ALLOWED_HOSTS'];
      if (isFree.includes(variable)) continue;
      expect(() => readConfig({ [variable]: odd }), variable).toThrow(variable);
    }
    expect(Object.keys(await settings([]))).toHaveLength(Object.keys(DEFAULTS).length);
  });

  test('shows neither token nor password', async () => {
    const found = await settings([], {
      ACCORD_TOKEN: 'open sesame, and be quick',
      DATABASE_URL: 'postgres://me:open-sesame@127.0.0.1/accord',
    });
    expect(found['processes ACCORD_TOKEN']).toEqual(['***', 'ACCORD_TOKEN']);
    expect(found['processes DATABASE_URL']?.[0]).toBe('postgres://me:***@127.0.0.1/accord');
  });

  test.each([
    ['postgres://u:p@ss@h/db', 'postgres://u:***@h/db'],
    [
      'postgres://h/db?user=u&password=p&sslpassword=s',
      'postgres://h/db?user=u&password=***&sslpassword=***',
    ],
    // A slash in it ends what the address takes for its host.
    ['postgres://u:12/3@h/db', '***'],
    ['postgres:u:p@h/db', '***'],
    ['postgres://u@h/db?options=-c%20a', 'postgres://u@h/db?options=-c%20a'],
  ])('shows %s without its passwords', async (DATABASE_URL, shown) => {
    expect((await settings([], { DATABASE_URL }))['processes DATABASE_URL']?.[0]).toBe(shown);
  });

  test('tells all faults at once, and what is no synchronizer', async () => {
    const folder = await folderWith('name: lights\npretned: true\n');
    const { terminal } = recorder();
    await expect(showConfig([folder], { json: false }, terminal, { ACCORD_SLOTS: 'many' })).rejects.toThrow(
      /ACCORD_SLOTS[^]*unknown key pretned; did you mean pretend\?/,
    );
    await expect(showConfig(['/nowhere'], { json: false }, terminal, {})).rejects.toThrow(
      '/nowhere is no synchronizer',
    );
  });
});
