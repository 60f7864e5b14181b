import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { watchSources } from '../../cli/folder-changes.ts';
import { otherImports } from '../../cli/other-imports.ts';
import { temporaryFolder } from '../support/folder.ts';
import { waitFor } from '../support/wait-for.ts';

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

test('finds what code imports besides code of its folder, also by others, and no packages', async () => {
  const parent = await temporaryFolder();
  await write(parent, {
    'lamps/steps/lamp.ts': `import { word } from '../../shared/word.ts';
      import type { Bulb } from "../bulb.ts";
      import sizes from '../sizes.json' with { type: 'json' };
      import pg from 'pg';
      import far from '../../node_modules/far/index.js';
      const late = import('../../late.ts');`,
    'shared/word.ts': "export * from './more.ts';\nimport '../lamps/bulb.ts';",
    'shared/more.ts': "import './word.ts';",
    'shared/other.ts': '',
  });
  const found = await otherImports(join(parent, 'lamps'), [join(parent, 'lamps/steps/lamp.ts')]);
  expect([...found].toSorted()).toEqual(
    ['lamps/sizes.json', 'late.ts', 'shared/more.ts', 'shared/word.ts'].map((path) => join(parent, path)),
  );
});

/** Watch the folder `lamps`. @returns what writes a file until that is told */
async function watching(parent: string): Promise<(path: string, text: string) => Promise<void>> {
  let told = 0;
  const watched = await watchSources(join(parent, 'lamps'), () => (told += 1));
  onTestFinished(watched.close);
  // Written again until it is told: a watcher may take a moment until it sees.
  return async (path, text) => {
    const before = told;
    let times = 0;
    await waitFor(`a change of ${path} to be told`, async () => {
      if (times++ % 40 === 0) await write(parent, { [path]: `${text}${'\n'.repeat(times)}` });
      return told > before ? true : undefined;
    });
  };
}

test('tells of changes in what code imports from outside of its folder, also when the import is new', async () => {
  const parent = await temporaryFolder();
  await write(parent, {
    'lamps/steps/lamp.ts': "import '../../shared/word.ts';",
    'shared/word.ts': '',
    'later/note.ts': '',
  });
  const untilTold = await watching(parent);
  await untilTold('shared/word.ts', 'export const word = 1;');
  await untilTold('lamps/steps/lamp.ts', "import '../../later/note.ts';");
  await untilTold('later/note.ts', 'export const note = 1;');
});

test('tells of changes in JSON that code imports, and in the dependency graph that accord.yaml names', async () => {
  const parent = await temporaryFolder();
  await write(parent, {
    'lamps/accord.yaml': 'name: lamps\ndependency_graph: graphs/mine.yaml\n',
    'lamps/steps/lamp.ts': "import sizes from '../sizes.json' with { type: 'json' };",
    'lamps/sizes.json': '{}',
    'lamps/graphs/mine.yaml': '',
  });
  const untilTold = await watching(parent);
  await untilTold('lamps/sizes.json', '{ "small": 1 }');
  await untilTold('lamps/graphs/mine.yaml', 'Lamp: []');
});
