import { describe, expect, test } from 'vitest';
import { barriers } from './browser.ts';
import { provideLab, spell } from './lab.ts';

const lab = await provideLab();

describe.skipIf(lab.isMissing)('the graph', () => {
  test('shows who waits for whom because of what, and leads on by the keyboard', async () => {
    const { backend, engine } = lab.installation();
    backend.fail((_, { name }) => (name === 'lead white' ? new Error('it is poisonous') : undefined));
    const pigment = await engine.create('Pigment', { name: 'lead white' });
    const poster = await engine.create('Poster', { name: 'a cloud', pigment: pigment.id });
    await engine.until(poster, ({ backend_code }) => backend_code === 2, 'to be blocked');
    const page = await lab.openObject(poster);
    await page.locator('.object-head').getByRole('link', { name: 'Graph' }).click();
    const graph = page.getByRole('region', { name: `What depends on what round ${spell(poster)}` });
    const node = graph.getByRole('link', { name: `${spell(pigment)} lead white, Error` });
    await node.waitFor();
    await graph.getByRole('link', { name: `${spell(poster)} a cloud, Error (blocked)` }).waitFor();
    await graph.locator('.edge.waits.tone-red').waitFor({ state: 'attached' });
    expect(await barriers(page)).toEqual([]);
    await page.getByText('As text').click();
    await page
      .getByText(`${spell(poster)} waits for ${spell(pigment)}`)
      .last()
      .waitFor();
    backend.fail(() => undefined);
    await engine.update(pigment, { name: 'zinc white' });
    await graph.getByRole('link', { name: `${spell(poster)} a cloud, Synced` }).waitFor();
    expect(await graph.locator('.edge.waits').count()).toBe(0);
    await graph.getByRole('link', { name: `${spell(pigment)} zinc white, Synced` }).press('Enter');
    await page.getByRole('heading', { name: `${spell(pigment)} zinc white` }).waitFor();
  });

  test('shows very many by model, and all there is by model', async () => {
    const { engine } = lab.installation();
    const pigment = await engine.create('Pigment', { name: 'popular', no_sync: true });
    await engine.store.write({ name: 'a test' }, async (tx) => {
      for (let number = 1; number <= 70; number += 1)
        await tx.create('Poster', { name: `p${number}`, pigment: pigment.id, no_sync: true });
    });
    const page = await lab.open(`#/graph/${spell(pigment)}`);
    await page.getByRole('link', { name: 'Poster 70 objects, Not managed' }).waitFor();
    await page.getByRole('link', { name: `${spell(pigment)} popular, Not managed` }).waitFor();
    await page.getByRole('navigation').getByRole('link', { name: 'Graph' }).click();
    await page.getByRole('link', { name: /^Poster 7\d objects/ }).waitFor();
    expect(await page.locator('.edge').count()).toBe(1);
    expect(await barriers(page)).toEqual([]);
    await page.getByRole('link', { name: /^Poster 7\d objects/ }).press('Enter');
    await page.getByRole('searchbox').waitFor();
    expect(await page.getByRole('searchbox').inputValue()).toBe('model:Poster');
  });
});
