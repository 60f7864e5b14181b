import fs, { promises } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { createRestRecorder, type RestRecorder } from './rest-recorder.ts';
import { filesBelow } from './files-below.ts';

/**
 * What a step can touch while it is looked at: HTTP goes to a recorder in memory, files into one folder. Each effect is
 * a point at which its process may die.
 */
export interface World {
  readonly rest: RestRecorder;
  /** What the back end holds now. Plain JSON, to be compared. */
  readonly observe: () => Promise<Readonly<Record<string, unknown>>>;
  /** Effects since the last `begin`. */
  readonly effects: () => readonly string[];
  /** Count anew; after `dieAfter` effects nothing more happens, and what waits for it waits for ever. */
  readonly begin: (dieAfter?: number) => { readonly died: Promise<void> };
  /** Note an effect that is neither HTTP nor a file: `context.record`. */
  readonly effect: (name: string) => Promise<void>;
  /** Do something that is not the step's own: it is no effect. */
  readonly aside: <T>(work: () => Promise<T>) => Promise<T>;
  /** Empty it. */
  readonly reset: () => Promise<void>;
  /** Put back what was replaced. */
  readonly end: () => void;
}

const FILE_EFFECTS = [
  'writeFile',
  'appendFile',
  'mkdir',
  'rm',
  'rmdir',
  'unlink',
  'rename',
  'copyFile',
  'symlink',
] as const;

/**
 * Take `fetch` and what changes files in the place of this process.
 *
 * @param folder what is below it is the back end's state, beside what was sent over HTTP
 */
export function createWorld(folder: string): World {
  const rest = createRestRecorder();
  const originalFetch = globalThis.fetch;
  const originals = new Map(FILE_EFFECTS.map((name) => [name, promises[name]]));
  const { rm, mkdir, readdir } = promises;
  let names: string[] = [];
  let limit = Infinity;
  let die: () => void = () => undefined;
  let aside = 0;

  // A dead process does nothing more, not even in its `finally`.
  const effect = async (
    name: string,
    act: () => Promise<unknown> = async () => undefined,
  ): Promise<unknown> => {
    if (names.length >= limit) return new Promise(() => undefined);
    names.push(name);
    const result = await act();
    if (names.length < limit) return result;
    die();
    return new Promise(() => undefined);
  };

  globalThis.fetch = (async (input: string | URL | Request, init?: RequestInit) => {
    const request = new Request(input, init);
    const text = await request.clone().text();
    const act = async (): Promise<Response> => rest.answer(request.method, request.url, text);
    if (request.method === 'GET' || request.method === 'HEAD') {
      return names.length >= limit ? new Promise(() => undefined) : act();
    }
    return effect(`${request.method} ${request.url}`, act);
  }) as typeof fetch;
  for (const [name, original] of originals) {
    const act = original as (...args: unknown[]) => Promise<unknown>;
    Object.assign(fs.promises, {
      [name]: (...args: unknown[]) =>
        aside > 0 ? act(...args) : effect(`${name} ${String(args[0])}`, () => act(...args)),
    });
  }
  // Named imports of Node's own modules follow.
  syncBuiltinESMExports();

  return {
    rest,
    observe: async () => ({ ...rest.resources(), ...(await filesBelow(folder)) }),
    effects: () => names,
    begin(dieAfter = Infinity) {
      names = [];
      limit = dieAfter;
      return { died: new Promise<void>((resolve) => (die = resolve)) };
    },
    async effect(name) {
      await effect(name);
    },
    async aside(work) {
      aside++;
      try {
        return await work();
      } finally {
        aside--;
      }
    },
    async reset() {
      rest.clear();
      // Emptied, not removed: somebody may be in it.
      await mkdir(folder, { recursive: true });
      for (const name of await readdir(folder))
        await rm(join(folder, name), { recursive: true, force: true });
    },
    end() {
      globalThis.fetch = originalFetch;
      Object.assign(fs.promises, Object.fromEntries(originals));
      syncBuiltinESMExports();
    },
  };
}
