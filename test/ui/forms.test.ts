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
    await page.getByText('Poster', { exact: true }).first().click();
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

  test('links to what was typed whole, and is not sent with less', async () => {
    const { engine } = lab.installation();
    const pigment = await engine.create('Pigment', { name: 'orpiment' });
    const page = await lab.open('#/new/Poster');
    await page.getByLabel('name *').fill('a poster in orange');
    await page.getByRole('button', { name: /more fields?:/ }).click();
    const picker = page.getByRole('combobox', { name: 'pigment_id' });
    const create = page.getByRole('button', { name: 'Create', exact: true });
    const picked = page.getByRole('link', { name: spell(pigment) });
    await picker.pressSequentially('Pigment/');
    await page.locator(`datalist option[value="${spell(pigment)} orpiment"]`).waitFor({ state: 'attached' });
    await picker.pressSequentially(`${pigment.id}3`);
    expect(await picker.inputValue()).toBe(`${spell(pigment)}3`);
    expect(await picked.count()).toBe(0);

    await create.press('Enter');
    await page.getByText(`«${spell(pigment)}3» is no Pigment`).waitFor();
    expect(await picker.getAttribute('aria-invalid')).toBe('true');
    expect(await barriers(page)).toEqual([]);
    await create.press('Enter');
    expect(page.url()).toContain('#/new/Poster');

    await picker.press('End');
    await picker.press('Backspace');
    await picker.press('Enter');
    await picked.waitFor();
    expect(await picker.inputValue()).toBe('');
    await create.press('Enter');
    const poster = await named('Poster', 'a poster in orange');
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

  test('shows all that a deletion would take, and asks for the name before it takes more than ten', async () => {
    const { engine } = lab.installation();
    const pigment = await engine.create('Pigment', { name: 'indigo', no_sync: true });
    const frame = await engine.store.write({ name: 'a test' }, async (tx) => {
      let poster: Ref | undefined;
      for (let number = 1; number <= 210; number += 1)
        poster = await tx.create('Poster', { name: `blue ${number}`, pigment: pigment.id, no_sync: true });
      // Behind the last of the posters, which no list of the first hundred has.
      return tx.create('Frame', { name: 'oak', poster: poster });
    });
    const page = await lab.openObject(pigment);
    await page.getByRole('button', { name: 'Delete…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('212 objects would be deleted (210 Poster, 1 Frame, 1 Pigment)').waitFor();
    expect(await barriers(page)).toEqual([]);
    const order = dialog.getByRole('listitem');
    expect(await order.count()).toBe(200);
    expect(await order.first().textContent()).toBe(`${spell(frame)} oak`);
    await dialog.getByRole('button', { name: 'Show 12 more' }).click();
    await dialog
      .getByRole('listitem')
      .nth(211)
      .filter({ hasText: spell(pigment) })
      .waitFor();
    expect(await order.count()).toBe(212);

    const remove = dialog.getByRole('button', { name: 'Delete 212 objects' });
    expect(await remove.isDisabled()).toBe(true);
    await dialog.getByLabel('type indigo').fill('indig');
    expect(await remove.isDisabled()).toBe(true);
    await dialog.getByLabel('type indigo').fill('indigo');
    // What was typed once is not there the next time.
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Delete…' }).click();
    await remove.waitFor();
    expect(await remove.isDisabled()).toBe(true);
    await dialog.getByLabel('type indigo').fill('indigo');
    await remove.click();
    await engine.untilGone(frame);
    // How soon 211 workflows are done is another matter.
    expect((await stored(pigment))?.deleted ?? true).toBe(true);
  });

  test('deletes nothing as long as some of it is protected, and says what', async () => {
    const { engine } = lab.installation();
    const pigment = await engine.create('Pigment', { name: 'mummy brown', no_sync: true });
    const kept = await engine.create('Poster', { name: 'kept', pigment: pigment.id, write_protect: true });
    const page = await lab.openObject(pigment);
    await page.getByRole('button', { name: 'Delete…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog
      .getByRole('alert')
      .filter({ hasText: `1 object of these is write-protected: ${spell(kept)}` })
      .waitFor();
    expect(await dialog.getByRole('button', { name: 'Delete 2 objects' }).isDisabled()).toBe(true);
    expect(await barriers(page)).toEqual([]);
  });
});
