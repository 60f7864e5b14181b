import type { Browser, Request } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openTemporal } from '../../client/temporal.ts';
import type { Ref } from '../../model/definition.ts';
import { testTemporal } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';
import { barriers, launch, openPage, provideBrowser, type OpenPage } from './browser.ts';
import { PUBLIC_URL, startInstallation, type Installation } from './installation.ts';

/** Of conditions, on a machine that may be busy. */
const PATIENCE = { timeout: 20_000 };

const missing = await provideBrowser();
let browser: Browser;
let installation: Installation;

beforeAll(async () => {
  if (missing !== undefined) return;
  [browser, installation] = await Promise.all([launch(), startInstallation()]);
});
afterAll(async () => {
  if (missing !== undefined) return;
  await browser.close();
  await installation.stop();
});
beforeEach(() => {
  if (missing === undefined) installation.backend.reset();
});

const spell = ({ model, id }: Ref): string => `${model}/${id}`;
const open = (hash: string, options = {}): Promise<OpenPage> =>
  openPage(browser, installation.page + hash, options);
const ofObject = (ref: Ref, options = {}): Promise<OpenPage> => open(`#/objects/${spell(ref)}`, options);
const create = (model: string, fields: Record<string, unknown>): Promise<Ref> =>
  installation.engine.create(model, fields);

/** A pigment that fails, and a poster that waits for it. */
async function failing(name: string): Promise<{ pigment: Ref; poster: Ref; heal: () => void }> {
  const { backend, engine } = installation;
  backend.fail((_, object) => (object.name === name ? new Error('HTTP 503 from the palette') : undefined));
  const pigment = await create('Pigment', { name });
  const poster = await create('Poster', { name: `poster in ${name}`, pigment: pigment.id });
  await engine.untilState(pigment, 'Error');
  await engine.until(poster, ({ backend_code }) => backend_code === 2, 'to be blocked');
  return { pigment, poster, heal: () => backend.fail(() => undefined) };
}

describe.skipIf(missing !== undefined)('the fleet', () => {
  test('shows objects as they are, finds them, and leads to them by keys', async () => {
    const ochre = await create('Pigment', { name: 'ochre' });
    await installation.engine.untilState(ochre, 'Synced');
    const page = await open('#/objects');
    const row = page.getByRole('row', { name: `${spell(ochre)} ochre` });
    await row.filter({ hasText: 'Synced' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('state:synced model:Pigment ochre');
    await expect.poll(() => page.getByRole('row').count(), PATIENCE).toBe(2);
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: `${spell(ochre)} ochre` }).waitFor();
    expect(page.loads()).toBe(1);
  });

  test('stays as it was searched for when somebody leaves the search by Escape', async () => {
    const page = await open('#/objects?q=model:Frame');
    const search = page.getByRole('searchbox');
    await search.press('End');
    await search.pressSequentially(' oak');
    await search.press('Escape');
    await expect.poll(() => page.locator(':focus').count(), PATIENCE).toBe(0);
    expect(await search.inputValue()).toBe('model:Frame oak');
    expect(page.url()).toContain('q=model%3AFrame%20oak');
  });

  test('says why what somebody has chosen by keys cannot be synchronized', async () => {
    const left = await create('Pigment', { name: 'left to itself', no_sync: true });
    const page = await open('#/objects?q=itself');
    await page.getByRole('rowgroup').press('j');
    await page.keyboard.press('s');
    await page.getByRole('alert').getByText('is not managed: unset no_sync first').waitFor();
    expect(await barriers(page)).toEqual([]);
    await installation.engine.remove(left);
    await installation.engine.untilGone(left);
  });

  test('counts by state, and each count is a filter', async () => {
    const { poster, heal } = await failing('cinnabar');
    const page = await open('#/objects');
    await page.getByRole('button', { name: '1 Error (blocked)' }).click();
    await page.getByRole('row', { name: spell(poster) }).waitFor();
    await expect.poll(() => page.getByRole('row').count(), PATIENCE).toBe(2);
    expect(page.url()).toContain('q=state%3Ablocked');
    heal();
    await page.getByText('Nothing is found').waitFor();
  });

  test('lists what comes while it is open; under the pointer, new rows wait', async () => {
    await create('Pigment', { name: 'before' });
    const page = await open('#/objects?q=umber');
    await page.getByText('Nothing is found').waitFor();
    const first = await create('Pigment', { name: 'raw umber' });
    const row = page.getByRole('row', { name: spell(first) });
    await row.hover();
    const second = await create('Pigment', { name: 'burnt umber' });
    // By the keyboard: when the pointer leaves the list, what waited is shown, and there is nothing to be clicked.
    await page.getByRole('button', { name: '1 new' }).press('Enter');
    await page.getByRole('row', { name: spell(second) }).waitFor();
  });

  test('lists what another search finds, and nothing else, when the pointer rests on the list', async () => {
    const green = await create('Pigment', { name: 'green earth' });
    const brown = await create('Pigment', { name: 'brown earth' });
    const page = await open('#/objects?q=earth');
    const rows = page.getByRole('row', { name: /^Pigment/ });
    await page.getByRole('row', { name: spell(brown) }).hover();
    await page.keyboard.press('/');
    await page.keyboard.type(' green');
    await page.getByText(/^1 of/).waitFor();
    await expect.poll(() => rows.count(), PATIENCE).toBe(1);
    await rows.filter({ hasText: spell(green) }).waitFor();

    // Where the list is gone from under the pointer, nothing waits for it to leave.
    await page.keyboard.type(' and blue');
    await page.getByText('Nothing is found').waitFor();
    await page.mouse.move(0, 0);
    await page.getByRole('searchbox').fill('earth');
    await page.getByRole('row', { name: spell(brown) }).waitFor();
    const red = await create('Pigment', { name: 'red earth' });
    await page.getByRole('row', { name: spell(red) }).waitFor();
  });

  test('reads as much as is looked at, and goes on where one scrolls', async () => {
    const refs = await installation.engine.store.write({ name: 'a test' }, async (tx) => {
      const made: Ref[] = [];
      for (let number = 1; number <= 250; number += 1)
        made.push(await tx.create('Pigment', { name: `shade ${number}`, no_sync: true }));
      return made;
    });
    const page = await open('#/objects?q=state:unmanaged');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    const table = page.getByRole('table', { name: 'Objects' });
    await page.getByText(/^250 of/).waitFor();
    await table.getByRole('row', { name: spell(refs[0] as Ref) }).waitFor();
    expect(await table.getByRole('row').count()).toBeLessThan(60);
    const last = table.getByRole('row', { name: `${spell(refs[249] as Ref)} shade 250` });
    await waitFor('the last row', async () => {
      await page.getByRole('rowgroup').press('End');
      return (await last.count()) > 0 ? true : undefined;
    });
    // As many pages as that takes, and each object once.
    expect(new Set(asked.filter((url) => url.includes('/accord/objects?'))).size).toBeLessThan(6);
    expect(await table.getAttribute('aria-rowcount')).toBe('251');
    await installation.engine.store.write({ name: 'a test' }, async (tx) => {
      for (const ref of refs) await tx.remove(ref);
    });
    await page.getByText('Nothing is found').waitFor();
  });

  test('keeps a filter that somebody wants again', async () => {
    const page = await open('#/objects?q=model:Poster');
    const saved = page.getByRole('group', { name: 'Saved filters' });
    await saved.getByRole('button', { name: 'Save this filter' }).click();
    await page.reload();
    await page.getByRole('searchbox').fill('');
    await saved.getByRole('link', { name: 'model:Poster' }).click();
    await expect.poll(() => page.getByRole('searchbox').inputValue(), PATIENCE).toBe('model:Poster');
    expect(await barriers(page)).toEqual([]);
    await saved.getByRole('button', { name: 'Forget model:Poster' }).click();
    await saved.getByRole('button', { name: 'Save this filter' }).waitFor();
  });

  test('takes what objects say as text', async () => {
    const name = '<img src=x onerror="document.title=1"><b>bold</b>';
    const hostile = await create('Pigment', { name });
    const page = await ofObject(hostile);
    await page.getByRole('heading', { name: `${spell(hostile)} ${name}` }).waitFor();
    expect(await page.locator('main img, main h1 b').count()).toBe(0);
  });
});

describe.skipIf(missing !== undefined)('an object', () => {
  test('that fails turns from red to green by itself, and so does what waits for it', async () => {
    const { pigment, poster, heal } = await failing('vermilion');
    const page = await ofObject(poster);
    const why = page.getByRole('region', { name: 'Why' });
    await why.getByText('HTTP 503 from the palette').waitFor();
    expect(await why.getByRole('link').allTextContents()).toEqual([spell(poster), spell(pigment)]);
    await why.getByText(`accord sync ${spell(pigment)}`).waitFor();
    const standing = page.locator('.object-head');
    expect(await standing.textContent()).toContain('Error (blocked)');
    heal();
    await standing.filter({ hasText: 'Synced' }).waitFor();
    await why.waitFor({ state: 'detached' });
    expect(page.loads()).toBe(1);
  });

  test('shows its goal and what is side by side, and never a secret', async () => {
    const sienna = await create('Pigment', { name: 'sienna', passphrase: 'hunter2' });
    await installation.engine.untilState(sienna, 'Synced');
    const page = await ofObject(sienna);
    await page.getByRole('region', { name: 'Goal' }).getByText('sienna').waitFor();
    await page.getByRole('region', { name: 'What is' }).getByText(`h${sienna.id}`).waitFor();
    await page.getByText('JSON').click();
    await page.getByText('"backend_handle"').waitFor();
    expect(await page.content()).not.toContain('hunter2');
    expect(await page.getByRole('link', { name: 'Open in Temporal' }).getAttribute('href')).toBe(
      `http://127.0.0.1:8233/namespaces/default/workflows/Pigment%2F${sienna.id}`,
    );
  });

  test('is led to by its workflow in Temporal', async () => {
    const umber = await create('Pigment', { name: 'the way back' });
    await installation.engine.untilState(umber, 'Synced');
    const { client, close } = openTemporal(testTemporal());
    const { staticDetails } = await client.workflow.getHandle(spell(umber)).describe();
    const [, address = ''] = /\((.+)\)$/.exec((await staticDetails()) ?? '') ?? [];
    await close();
    expect(address).toMatch(PUBLIC_URL);
    const page = await open(new URL(address).hash);
    await page.getByRole('heading', { name: `${spell(umber)} the way back` }).waitFor();
    expect(installation.page.endsWith(new URL(address).pathname)).toBe(true);
  });

  test('is synchronized, paused and resumed from its page', async () => {
    const { backend, engine } = installation;
    const umbra = await create('Pigment', { name: 'umbra' });
    await engine.untilState(umbra, 'Synced');
    const page = await ofObject(umbra);
    const before = backend.attempts(umbra);
    await page.getByRole('button', { name: 'Sync now' }).click();
    await waitFor('another attempt', () => (backend.attempts(umbra) > before ? true : undefined));
    await page.getByRole('button', { name: 'Pause…' }).click();
    await page.getByLabel('Reason').fill('a storm');
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.getByText('Paused by api: a storm').waitFor();
    await page.getByRole('button', { name: 'Resume', exact: true }).click();
    await page.getByRole('button', { name: 'Pause…' }).waitFor();
  });

  test('is deleted with what depends on it, once the order is shown', async () => {
    const pigment = await create('Pigment', { name: 'fugitive' });
    const poster = await create('Poster', { name: 'fading', pigment: pigment.id });
    await installation.engine.untilState(poster, 'Synced');
    const page = await ofObject(pigment);
    await page.getByRole('button', { name: 'Delete…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('2 objects would be deleted').waitFor();
    expect(await dialog.locator('.cascade li').allTextContents()).toEqual([
      `${spell(poster)} fading`,
      spell(pigment),
    ]);
    await dialog.getByText(`accord delete ${spell(pigment)} --cascade`).waitFor();
    await dialog.getByRole('button', { name: 'Delete 2 objects' }).click();
    await installation.engine.untilGone(pigment);
    await page.getByText(`there is no ${spell(pigment)}`).waitFor();
  });

  test('says once that it is gone, whose attempt was open until then', async () => {
    const { backend, engine } = installation;
    const pigment = await create('Pigment', { name: 'evanescent' });
    await engine.untilState(pigment, 'Synced');
    const page = await ofObject(pigment);
    const release = backend.hang('evanescent', 'delete');
    await engine.remove(pigment);
    await page.getByText(/attempt \d+ runs/).waitFor();
    release();
    await page.getByText(`there is no ${spell(pigment)}`).waitFor();
    await expect.poll(() => page.locator('.attempt').count(), PATIENCE).toBe(0);
    await page.locator('.timeline').getByText('reaped').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });
});

describe.skipIf(missing !== undefined)('the page', () => {
  test('has one card for each root cause, with what it holds', async () => {
    const { pigment, heal } = await failing('realgar');
    const page = await open('#/failures');
    const card = page.getByRole('listitem').filter({ hasText: spell(pigment) });
    await card.filter({ hasText: 'It holds 1 object.' }).waitFor();
    expect(await page.getByRole('listitem').count()).toBe(1);
    heal();
    await card.getByRole('button', { name: 'Sync now' }).click();
    await page.getByText('Nothing has failed.').waitFor();
  });

  test('leads to the search by its key, from any of its screens', async () => {
    const page = await open('#/failures');
    await page.getByRole('link', { name: 'Failures' }).press('/');
    await page.locator('input[type=search]:focus').waitFor();
    expect(page.url()).toContain('#/objects');
    await page.keyboard.type('nowhere');
    await page.getByText('Nothing is found').waitFor();
  });

  test('tells people of the API what its document tells programs', async () => {
    const page = await open('#/api');
    await page.getByLabel('Show paths with').fill('/test/posters/');
    const card = page.getByRole('group').filter({ hasText: 'PATCH' });
    await card.getByText('/xosapi/v1/test/posters/{id}').click();
    await card.getByRole('region', { name: 'Takes' }).getByText('"pigment_id"').waitFor();
    await card.getByText('If-Match').waitFor();
    expect(await barriers(page)).toEqual([]);
  });

  test('says when the connection is lost, and heals without a reload', async () => {
    const page = await open('#/activity');
    await page.getByText('Live').waitFor();
    await installation.stopServer();
    await page.getByText('Connection lost').waitFor();
    const meanwhile = await create('Pigment', { name: 'meanwhile' });
    await installation.startServer();
    await page.getByText('Live').waitFor();
    await page
      .getByRole('listitem')
      .filter({ hasText: spell(meanwhile) })
      .first()
      .waitFor();
    expect(page.loads()).toBe(1);
  });

  test('holds no connection while nobody sees it, and goes on where it was', async () => {
    const release = installation.backend.hang('unseen');
    const unseen = await create('Pigment', { name: 'unseen' });
    const page = await open('#/activity');
    const streams = streamsOf(page);
    await page.reload();
    const live = page.getByText('Live');
    await live.waitFor();
    await expect.poll(() => streams.size, PATIENCE).toBe(1);
    await look(page, 'hidden');
    await expect.poll(() => streams.size, PATIENCE).toBe(0);
    const meanwhile = await create('Pigment', { name: 'in the dark' });
    expect(await live.count()).toBe(1);
    await look(page, 'visible');
    await page
      .getByRole('listitem')
      .filter({ hasText: spell(meanwhile) })
      .first()
      .waitFor();

    // What happens in an attempt that runs is another stream.
    await page.goto(`${installation.page}#/objects/${spell(unseen)}`);
    await expect.poll(() => streams.size, PATIENCE).toBe(2);
    await look(page, 'hidden');
    await expect.poll(() => streams.size, PATIENCE).toBe(0);
    await look(page, 'visible');
    await expect.poll(() => streams.size, PATIENCE).toBe(2);
    release();
    await page.locator('summary').filter({ hasText: '1 synced' }).waitFor();
  });

  test('keeps nobody out, on any of its screens', async () => {
    const { poster, heal } = await failing('lake');
    const page = await ofObject(poster);
    await page.getByText('HTTP 503').first().waitFor();
    expect(await barriers(page)).toEqual([]);
    for (const screen of ['Objects', 'Failures', 'Activity', 'Models', 'Synchronizers']) {
      await page.getByRole('navigation').getByRole('link', { name: screen }).click();
      await page
        .getByText(/Pigment|test-/)
        .first()
        .waitFor();
      expect([screen, await barriers(page)]).toEqual([screen, []]);
    }
    heal();
  });

  test('fits a phone, in the dark, too', async () => {
    const { poster, heal } = await failing('madder');
    const page = await ofObject(poster, { colorScheme: 'dark', viewport: { width: 390, height: 800 } });
    await page.getByText('HTTP 503').first().waitFor();
    expect(await barriers(page)).toEqual([]);
    expect(await isTooWide(page)).toBe(false);
    await page.getByRole('navigation').getByRole('link', { name: 'Objects' }).click();
    await page
      .getByRole('row', { name: /^(Pigment|Poster)/ })
      .first()
      .waitFor();
    expect(await barriers(page)).toEqual([]);
    expect(await isTooWide(page)).toBe(false);
    heal();
  });
});

/** The streams that a page reads at the moment. */
function streamsOf(page: OpenPage): ReadonlySet<Request> {
  const streams = new Set<Request>();
  page.on('request', (request) => {
    if (request.headers()['accept'] === 'text/event-stream') streams.add(request);
  });
  page.on('requestfinished', (request) => streams.delete(request));
  page.on('requestfailed', (request) => streams.delete(request));
  return streams;
}

/** Have a page believe that somebody sees it, or nobody. */
const look = (page: OpenPage, visibility: 'visible' | 'hidden'): Promise<void> =>
  page.evaluate(`
    Object.defineProperty(document, 'visibilityState', { configurable: true, value: '${visibility}' });
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  `);

/** Does one have to scroll sideways? */
const isTooWide = (page: OpenPage): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth > innerWidth');
