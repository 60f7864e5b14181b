import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiObject } from '../client/wire.ts';
import { fleetTable } from './fleet-table.ts';
import { EXIT } from './explain.ts';
import { connectionTeller, isAway } from './lost-connection.ts';
import { spell, title } from './names.ts';
import { inStateColor, isSettled, reasonText, stateShape, stateWord } from './states.ts';
import { printable } from './table.ts';
import type { Session } from './session.ts';

const EVERY_MS = 1_000;

/**
 * Show objects, and go on showing what changes: in place on a terminal, else a line for each change.
 *
 * @param options.rounds how often it looks @default until it is ended
 */
export async function watchObjects(
  look: () => Promise<readonly ApiObject[]>,
  { terminal }: Session,
  options: { readonly rounds?: number; readonly everyMs?: number } = {},
): Promise<number> {
  const told = new Map<string, string>();
  let height = 0;
  const tellConnection = connectionTeller(terminal);
  for (let round = 0; round < (options.rounds ?? Infinity); round += 1) {
    if (round > 0) await sleep(options.everyMs ?? EVERY_MS);
    try {
      const objects = await look();
      tellConnection(undefined);
      if (terminal.width === undefined) tellChanges(objects);
      else draw(objects);
    } catch (error) {
      if (!isAway(error)) throw error;
      tellConnection(error);
    }
  }
  return EXIT.ok;

  function draw(objects: readonly ApiObject[]): void {
    const text = fleetTable(objects, terminal);
    // Up to where the last table began, and away with it.
    terminal.out((height === 0 ? '' : `\u001b[${height}A\u001b[J`) + text);
    height = text.split('\n').length;
  }

  function tellChanges(objects: readonly ApiObject[]): void {
    for (const object of objects) {
      const word = stateWord(object);
      const reason = isSettled(object) ? '' : `  ${reasonText(object.backend_status)}`;
      const line = printable(`${stateShape(word)} ${title(object)}  ${word}${reason}`);
      if (told.get(spell(object)) === line) continue;
      told.set(spell(object), line);
      terminal.out(inStateColor(word, line, terminal));
    }
    const here = new Set(objects.map(spell));
    for (const name of told.keys()) {
      if (here.has(name)) continue;
      told.delete(name);
      terminal.out(`– ${name}  gone`);
    }
  }
}
