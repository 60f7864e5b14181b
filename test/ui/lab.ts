import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Ref } from '../../model/definition.ts';
import { launch, openPage, provideBrowser, type OpenPage } from './browser.ts';
import { startInstallation, type Installation } from './installation.ts';

/** A browser and an installation for the tests of a file. */
export interface Lab {
  /** There is no browser, and none could be installed. */
  readonly isMissing: boolean;
  readonly installation: () => Installation;
  /** Open the page on a screen: what stands behind `#`. */
  open(hash: string, options?: BrowserContextOptions): Promise<OpenPage>;
  openObject(ref: Ref, options?: BrowserContextOptions): Promise<OpenPage>;
}

export const spell = ({ model, id }: Ref): string => `${model}/${id}`;

export async function provideLab(): Promise<Lab> {
  const isMissing = (await provideBrowser()) !== undefined;
  let parts: { readonly browser: Browser; readonly installation: Installation } | undefined;
  const started = () => {
    if (parts === undefined) throw new Error('nothing is started yet');
    return parts;
  };
  beforeAll(async () => {
    if (isMissing) return;
    const [browser, installation] = await Promise.all([launch(), startInstallation()]);
    parts = { browser, installation };
  });
  afterAll(async () => {
    await parts?.browser.close();
    await parts?.installation.stop();
  });
  beforeEach(() => parts?.installation.backend.reset());
  const open: Lab['open'] = (hash, options) =>
    openPage(started().browser, started().installation.page + hash, options);
  return {
    isMissing,
    installation: () => started().installation,
    open,
    openObject: (ref, options) => open(`#/objects/${spell(ref)}`, options),
  };
}
