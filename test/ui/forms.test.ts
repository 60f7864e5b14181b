import { describe, expect, test } from 'vitest';
import type { Ref } from '../../model/definition.ts';
import { waitFor } from '../support/wait-for.ts';
import { barriers } from './browser.ts';
import { provideLab, spell } from './lab.ts';

const lab = await provideLab();
const stored = (ref: Ref) => lab.installation().engine.get(ref);

/** The object of this name. */
const named = (model: string, name: string): Promise<Ref> =>
  waitFor(`a ${model} ${name}`, async () => {
    const { store } = lab.installation().engine;
    const [row] = await store.database.query<{ id: number }>(
      `select id from objects where model = $1 and declarative ->> 'name' = $2`,
      [model, name],
    );
    return row === undefined ? undefined : { model, id: row.id };
  });

describe.skipIf(lab.isMissing)('a form', () => {
  test('creates an object that links to another by its name, and says beside a field what is wrong', async () => {
    const { engine } = lab.installation();
    const pigment = await engine.create('Pigment', { name: 'gamboge' });
    const page = await lab.open('#/models');
    await page.getByText('Poster').first().click();
    await page.getByRole('link', { name: 'New Poster…' }).click();
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    const name = page.getByLabel('name *');
    await page.locator('.fault').filter({ hasText: 'name' }).waitFor();
    expect(await name.getAttribute('aria-invalid')).toBe('true');
    expect(await barriers(page)).toEqual([]);

    await name.fill('a poster in yellow');
    await page.getByRole('button', { name: /more fields?:/ }).click();
    const picker = page.getByLabel('pigment_id');
    await picker.fill('gambo');
    await page.locator(`datalist option[value="${spell(pigment)} gamboge"]`).waitFor({ state: 'attached' });
    await picker.fill(`${spell(pigment)} gamboge`);
    await page.getByRole('link', { name: spell(pigment) }).waitFor();
    await page.getByText(`accord create Poster 'name=a poster in yellow' pigment_id=${pigment.id}`).waitFor();
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    const poster = await named('Poster', 'a poster in yellow');
    await page.getByRole('heading', { name: `${spell(poster)} a poster in yellow` }).waitFor();
    expect((await stored(poster))?.declarative['pigment']).toMatchObject({ id: pigment.id });
  });

  test('changes what was changed in it, and writes secrets without ever showing them', async () => {
    const { engine } = lab.installation();
    const ref = await engine.create('Pigment', { name: 'weld', passphrase: 'hunter2' });
    const page = await lab.openObject(ref);
    await page.getByRole('link', { name: 'Edit…' }).click();
    await page.getByLabel('name *').fill('weld lake');
    await page.getByRole('button', { name: /more fields?:/ }).click();
    expect(await page.getByLabel('passphrase').inputValue()).toBe('');
    await page.getByText(`accord update ${spell(ref)} 'name=weld lake'`).waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: `${spell(ref)} weld lake` }).waitFor();
    expect((await stored(ref))?.declarative).toMatchObject({ name: 'weld lake', passphrase: 'hunter2' });

    await page.getByRole('link', { name: 'Edit…' }).click();
    await page.getByRole('button', { name: /more fields?:/ }).click();
    await page.getByLabel('passphrase').fill('correct horse');
    await page.getByText(`accord update ${spell(ref)} passphrase=…`).waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: `${spell(ref)} weld lake` }).waitFor();
    await engine.until(ref, ({ declarative }) => declarative['passphrase'] === 'correct horse', 'to know it');
    expect(await page.content()).not.toContain('correct horse');
  });

  test('shows what somebody else has changed meanwhile, and goes on from there', async () => {
    const { engine } = lab.installation();
    const ref = await engine.create('Poster', { name: 'draft', passphrase: 'x' });
    const pigment = await engine.create('Pigment', { name: 'madder root' });
    const page = await lab.open(`#/edit/${spell(ref)}`);
    await page.getByLabel('name *').fill('mine');
    await engine.update(ref, { pigment: pigment.id });
    await page.getByRole('button', { name: 'Save' }).click();
    const alert = page.getByRole('alert');
    await alert.getByText('Somebody has changed this object').waitFor();
    await alert.getByText('pigment_id').waitFor();
    expect((await stored(ref))?.declarative['name']).toBe('draft');
    await alert.getByRole('button', { name: 'Go on from there' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: `${spell(ref)} mine` }).waitFor();
    expect((await stored(ref))?.declarative).toMatchObject({ name: 'mine', pigment: { id: pigment.id } });
  });

  test('asks for the name before it deletes more than ten objects', async () => {
    const { engine } = lab.installation();
    const pigment = await engine.create('Pigment', { name: 'indigo', no_sync: true });
    for (let number = 1; number <= 10; number += 1)
      await engine.create('Poster', { name: `blue ${number}`, pigment: pigment.id, no_sync: true });
    const page = await lab.openObject(pigment);
    await page.getByRole('button', { name: 'Delete…' }).click();
    const remove = page.getByRole('dialog').getByRole('button', { name: 'Delete 11 objects' });
    await remove.waitFor();
    expect(await remove.isDisabled()).toBe(true);
    await page.getByLabel('type indigo').fill('indigo');
    await remove.click();
    await engine.untilGone(pigment);
  });
});
