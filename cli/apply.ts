import { EXIT } from './explain.ts';
import { printable } from './table.ts';
import { readWishes } from './wishes.ts';
import type { Session } from './session.ts';

/** Bring objects to what files want of them, in one transaction. */
export async function apply(
  files: readonly string[],
  { dryRun }: { readonly dryRun: boolean },
  { client, terminal }: Session,
): Promise<number> {
  const wishes = await readWishes(files, await client.models());
  if (wishes.length > 100) terminal.note(`Applying ${wishes.length} objects …`);
  const { items, created, updated, unchanged } = await client.apply(wishes, { dryRun });
  for (const { model, object, name, act } of items) {
    const title = object ?? `${model}/${name ?? '(new)'}`;
    terminal.out(`${printable(title)} ${act}${dryRun ? ' (dry run)' : ''}`);
  }
  const would = dryRun ? 'Nothing was stored. There would be' : 'Applied:';
  terminal.note(`${would} ${created} created, ${updated} updated, ${unchanged} unchanged.`);
  return EXIT.ok;
}
