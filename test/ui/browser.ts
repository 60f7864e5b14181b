import { access } from 'node:fs/promises';
import { AxeBuilder } from '@axe-core/playwright';
import { execa } from 'execa';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { ensureUi } from '../../tools/build-ui.mjs';

const CHROMIUM = '/usr/bin/chromium';

/** Find Debian's chromium, or install it where that is allowed; and build the page. Tells why there is no browser. */
export async function provideBrowser(): Promise<string | undefined> {
  expect(await ensureUi()).toBe(true);
  if (await isThere()) return undefined;
  if (process.getuid?.() !== 0) return 'chromium is not installed, and only root could install it';
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, reject: false } as const;
  await execa('apt-get', ['update'], options);
  await execa('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], options);
  return (await isThere()) ? undefined : 'chromium could not be installed';
}

const isThere = (): Promise<boolean> =>
  access(CHROMIUM).then(
    () => true,
    () => false,
  );

export function launch(): Promise<Browser> {
  // Its sandbox does not run as root, and what it opens here is our own page.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: CHROMIUM, args });
}

/** A page in a browser, until the test ends. */
export interface OpenPage extends Page {
  /** How often it was loaded. */
  readonly loads: () => number;
}

/** Open a page; the test fails on whatever goes wrong in it. */
export async function openPage(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const wrong: string[] = [];
  let loads = 0;
  page.on('load', () => (loads += 1));
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('console', (message) => {
    // What the policy refuses is told here; a server that is away is none of the page's faults.
    if (message.type() === 'error' && !/ERR_CONNECTION|Failed to load resource/.test(message.text()))
      wrong.push(message.text());
  });
  onTestFinished(async () => {
    await context.close();
    expect(wrong).toEqual([]);
  });
  await page.goto(address);
  return Object.assign(page, { loads: () => loads });
}

/** What axe finds that keeps people from using the page. */
export async function barriers(page: Page): Promise<string[]> {
  // There are no frames: what it does for these costs more than the rest.
  const axe = new AxeBuilder({ page }).setLegacyMode().withTags(['wcag2a', 'wcag2aa', 'wcag21aa']);
  const { violations } = await axe.analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
