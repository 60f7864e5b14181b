import { spawn } from 'node:child_process';
import { EXIT } from './explain.ts';
import { objectNamed, spell } from './names.ts';
import type { Session } from './session.ts';

/** Print the address of the operator's page, or of an object on it; and open it, where somebody sits at a desktop. */
export async function ui(
  name: string | undefined,
  options: { readonly open: boolean },
  { client, terminal }: Session,
): Promise<number> {
  // Asked in any case: an address that leads nowhere is of no use.
  const models = await client.models();
  const object = name === undefined ? undefined : await objectNamed(name, models, client);
  const address = `${client.server}/ui/${object === undefined ? '' : `#/objects/${spell(object)}`}`;
  terminal.out(address);
  if (options.open) open(address);
  return EXIT.ok;
}

/** Without a desktop, or without such a program, the address that was printed has to do. */
function open(address: string): void {
  const isDesktop =
    process.platform !== 'linux' || 'DISPLAY' in process.env || 'WAYLAND_DISPLAY' in process.env;
  if (!isDesktop || !process.stdout.isTTY || process.platform === 'win32') return;
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const child = spawn(opener, [address], { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}
