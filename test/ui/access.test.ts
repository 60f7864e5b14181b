import { describe, expect, test } from 'vitest';
import { barriers, type OpenPage } from './browser.ts';
import { provideLab, spell } from './lab.ts';

const lab = await provideLab();

/** How people look at it: at a desk by day, and by night on a phone. */
const VIEWS = {
  'at a desk': { viewport: { width: 1280, height: 800 } },
  'on a phone in the dark': { viewport: { width: 390, height: 800 }, colorScheme: 'dark' },
} as const;

/** What axe finds, and what is wider than where it stands, so that one would have to scroll sideways. */
async function obstacles(page: OpenPage): Promise<string[]> {
  const wide = await page.evaluate<string[]>(`['html', 'main', 'dialog[open]'].filter((place) => {
    const element = document.querySelector(place);
    return element !== null && element.scrollWidth > element.clientWidth;
  })`);
  return [...(await barriers(page)), ...wide.map((place) => `${place} is too wide`)];
}

describe.skipIf(lab.isMissing).each(Object.entries(VIEWS))('%s, nobody is kept from', (_, view) => {
  test('the graph and the failures', async () => {
    const { backend, engine } = lab.installation();
    backend.fail((_, { name }) =>
      name.startsWith('smalt') ? new Error('HTTP 503 from the mill') : undefined,
    );
    const pigment = await engine.create('Pigment', { name: 'smalt' });
    const other = await engine.create('Pigment', { name: 'smalt, too' });
    const poster = await engine.create('Poster', { name: 'a sky', pigment: pigment.id });
    await engine.untilState(other, 'Error');
    await engine.until(poster, ({ backend_code }) => backend_code === 2, 'to be blocked');

    const page = await lab.open(`#/graph/${spell(poster)}`, view);
    const node = page.getByRole('link', { name: `${spell(poster)} a sky, Error (blocked)` });
    await node.waitFor();
    expect(await obstacles(page)).toEqual([]);
    // However small the window is, what it is about is in it.
    const [box, width] = [await node.boundingBox(), page.viewportSize()?.width ?? 0];
    expect(box !== null && box.x >= 0 && box.x + box.width <= width).toBe(true);

    await page.getByRole('navigation').getByRole('link', { name: 'Graph' }).click();
    await page.getByRole('link', { name: /^Poster \d+ object/ }).waitFor();
    expect(await obstacles(page)).toEqual([]);

    await page.getByRole('navigation').getByRole('link', { name: 'Failures' }).click();
    const card = page.getByRole('listitem').filter({ hasText: '2 objects, the same text' });
    await card.getByRole('button', { name: `Sync now ${spell(pigment)}` }).waitFor();
    await card.getByText('It holds 1 object.').waitFor();
    expect(await card.getByText('HTTP 503 from the mill').count()).toBe(1);
    expect(await obstacles(page)).toEqual([]);
    backend.fail(() => undefined);
    await engine.remove(poster);
    await engine.remove(pigment);
    await engine.remove(other);
    await page.getByText('Nothing has failed.').waitFor();
  });

  test('the forms, and the choice when somebody else has changed the object', async () => {
    const { engine } = lab.installation();
    const page = await lab.open('#/new/Poster', view);
    await page.getByLabel('name *').waitFor();
    expect(await obstacles(page)).toEqual([]);

    const ref = await engine.create('Pigment', { name: 'orpiment', no_sync: true });
    await page.goto(`${lab.installation().page}#/edit/${spell(ref)}`);
    await page.getByLabel('name *').fill('king yellow');
    expect(await obstacles(page)).toEqual([]);
    await engine.update(ref, { name: `an orpiment that ${'is_called_something_long_'.repeat(6)}` });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').getByText('Somebody has changed this object').waitFor();
    expect(await obstacles(page)).toEqual([]);
  });

  test('the question before a deletion', async () => {
    const { engine } = lab.installation();
    const pigment = await engine.create('Pigment', { name: 'azurite', no_sync: true });
    await engine.store.write({ name: 'a test' }, async (tx) => {
      for (let number = 1; number <= 12; number += 1)
        await tx.create('Poster', { name: `blue ${number}`, pigment: pigment.id, no_sync: true });
    });
    const page = await lab.openObject(pigment, view);
    await page.getByRole('button', { name: 'Delete…' }).click();
    await page.getByLabel('type azurite').waitFor();
    expect(await obstacles(page)).toEqual([]);
  });

  test('the API', async () => {
    const page = await lab.open('#/api', view);
    await page.getByLabel('Show paths with').fill('/test/posters/');
    await page.getByRole('group').filter({ hasText: 'PATCH' }).locator('summary').click();
    await page.getByRole('region', { name: 'Takes' }).waitFor();
    expect(await obstacles(page)).toEqual([]);
  });
});
