import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { watchSources } from '../../cli/folder-changes.ts';
import { outsideImports } from '../../cli/outside-imports.ts';
import { temporaryFolder } from '../support/folder.ts';
import { waitFor } from '../support/wait-for.ts';

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

test('finds what code imports from outside of its folder, also by others, and no packages', async () => {
  const parent = await temporaryFolder();
  await write(parent, {
    'lamps/steps/lamp.ts': `import { word } from '../../shared/word.ts';
      import type { Bulb } from "../bulb.ts";
      import pg from 'pg';
      import far from '../../node_modules/far/index.js';
      const late = import('../../late.ts');`,
    'shared/word.ts': "export * from './more.ts';\nimport '../lamps/bulb.ts';",
    'shared/more.ts': "import './word.ts';",
    'shared/other.ts': '',
  });
  const found = await outsideImports(join(parent, 'lamps'), [join(parent, 'lamps/steps/lamp.ts')]);
  expect([...found].toSorted()).toEqual(
    ['late.ts', 'shared/more.ts', 'shared/word.ts'].map((path) => join(parent, path)),
  );
});

test('tells of changes in what code imports from outside of its folder, also when the import is new', async () => {
  const parent = await temporaryFolder();
  await write(parent, {
    'lamps/steps/lamp.ts': "import '../../shared/word.ts';",
    'shared/word.ts': '',
    'later/note.ts': '',
  });
  let told = 0;
  const watching = await watchSources(join(parent, 'lamps'), () => (told += 1));
  onTestFinished(watching.close);
  // Written again until it is told: a watcher may take a moment until it sees.
  const untilTold = async (path: string, text: string): Promise<void> => {
    const before = told;
    let times = 0;
    await waitFor(`a change of ${path} to be told`, async () => {
      if (times++ % 40 === 0) await write(parent, { [path]: `${text}\n// ${times}\n` });
      return told > before ? true : undefined;
    });
  };
  await untilTold('shared/word.ts', 'export const word = 1;');
  await untilTold('lamps/steps/lamp.ts', "import '../../later/note.ts';");
  await untilTold('later/note.ts', 'export const note = 1;');
});
