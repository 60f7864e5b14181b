import type { ApiObject } from '../client/wire.ts';
import { spell } from './names.ts';
import { inStateColor, isSettled, reasonText, stateShape, stateWord } from './states.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Lay out objects of several models with their states. */
export function fleetTable(objects: readonly ApiObject[], terminal: Terminal): string {
  return table(
    [
      { title: 'OBJECT', cell: spell },
      {
        title: 'NAME',
        cell: (object: ApiObject) => (typeof object['name'] === 'string' ? object['name'] : ''),
      },
      {
        title: 'STATE',
        cell: (object) => `${stateShape(stateWord(object))} ${stateWord(object)}`,
        paint: (text, object) => inStateColor(stateWord(object), text, terminal),
      },
      { title: 'REASON', cell: (object) => (isSettled(object) ? '' : reasonText(object.backend_status)) },
    ],
    objects,
    terminal.width,
  );
}
