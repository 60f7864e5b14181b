import { EXIT } from './explain.ts';
import { countText } from './fleet-lines.ts';
import type { Session } from './session.ts';
import { spanText } from './spans.ts';
import { printable } from './table.ts';
import type { Terminal } from './terminal.ts';
import { waitFor } from './wait.ts';
import { readWishes } from './wishes.ts';

interface ApplyOptions {
  readonly dryRun: boolean;
  readonly wait: boolean;
  readonly timeoutMs: number;
}

/** Bring objects to what files want of them, in one transaction; with `wait`, until they are synced. */
export async function apply(
  files: readonly string[],
  { dryRun, wait, timeoutMs }: ApplyOptions,
  session: Session,
): Promise<number> {
  const { client, terminal } = session;
  const wishes = await readWishes(files, await client.models());
  const { items, created, updated, unchanged } = await whileTelling(wishes.length, terminal, (onDone) =>
    client.apply(wishes, { dryRun, ...(onDone && { onDone }) }),
  );
  for (const { model, object, name, act } of items) {
    const title = object ?? `${model}/${name ?? '(new)'}`;
    terminal.out(`${printable(title)} ${act}${dryRun ? ' (dry run)' : ''}`);
  }
  const would = dryRun ? 'Nothing was stored. There would be' : 'Applied:';
  terminal.note(`${would} ${created} created, ${updated} updated, ${unchanged} unchanged.`);
  if (!wait) return EXIT.ok;
  const refs = items.flatMap(({ object }) => (object === null ? [] : [refIn(object)]));
  return waitFor(refs, { goal: 'synced', timeoutMs }, session);
}

/** While many objects are applied, show on a terminal how far that is. */
async function whileTelling<T>(
  all: number,
  { live }: Terminal,
  work: (onDone?: (count: number) => void) => Promise<T>,
): Promise<T> {
  if (live === undefined) return work();
  const begun = Date.now();
  let done = 0;
  const draw = (): void =>
    live([
      `◌ Applying ${countText(all)} objects in one transaction: ${countText(done)} done, ${spanText(Date.now() - begun)}`,
    ]);
  const timer = setInterval(draw, 250);
  try {
    draw();
    return await work((count) => (done = count));
  } finally {
    clearInterval(timer);
    live([]);
  }
}

function refIn(object: string): { readonly model: string; readonly id: number } {
  const [model = '', id] = object.split('/');
  return { model, id: Number(id) };
}
