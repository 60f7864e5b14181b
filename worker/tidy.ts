import { tidySysDir } from '../backend/sys-dir.ts';
import type { Log } from '../log.ts';
import { goneAmong } from '../store/gone.ts';
import type { Store } from '../store/store.ts';

const EVERY_MS = 10 * 60_000;

/** Take away now and then what is left in `sysDir` of objects that are gone. */
export function keepTidy(
  store: Store,
  { sysDir, keepDeletedSysMs }: { readonly sysDir: string; readonly keepDeletedSysMs: number },
  log: Log,
): { stop: () => Promise<void> } {
  let tidying = Promise.resolve();
  const tidy = (): void => {
    tidying = tidying
      .then(() => tidySysDir(sysDir, keepDeletedSysMs, (ids) => goneAmong(store.database, ids)))
      .catch((error: unknown) =>
        log.warn({ err: error, sysDir }, 'sys_dir could not be tidied; trying again by itself'),
      );
  };
  tidy();
  const timer = setInterval(tidy, EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      await tidying;
    },
  };
}
