import { dump } from 'js-yaml';
import type { ApiModel, ApiObject } from '../client/wire.ts';
import { inStateColor, isSettled, reasonText, stateWord } from './states.ts';
import { spell } from './names.ts';
import { spanText } from './spans.ts';
import { table, type Column } from './table.ts';
import type { Terminal } from './terminal.ts';

/** `table` is for people, and may change; the others are for programs. */
export const FORMATS = ['table', 'wide', 'json', 'yaml', 'name'] as const;
export type Format = (typeof FORMATS)[number];

/** Print one value for programs: an object, or a list under `items`. */
export function printData(value: unknown, format: 'json' | 'yaml', terminal: Terminal): void {
  terminal.out(format === 'json' ? JSON.stringify(value, null, 2) : dump(value).trimEnd());
}

/** Print objects as a table. Ids alone where all are of `model` itself, else `Model/id`. */
export function printTable(
  objects: readonly ApiObject[],
  model: ApiModel,
  { isWide, terminal, now = Date.now() }: { isWide: boolean; terminal: Terminal; now?: number },
): void {
  const isUniform = objects.every((object) => object.leaf_model_name === model.name);
  const columns: Column<ApiObject>[] = [
    isUniform ? { title: 'ID', cell: (object) => String(object.id) } : { title: 'OBJECT', cell: spell },
    { title: 'NAME', cell: (object) => shown(object['name']) },
    {
      title: 'STATE',
      cell: stateWord,
      paint: (text, object) => inStateColor(stateWord(object), text, terminal),
    },
    { title: 'GEN', cell: (object) => String(object.generation) },
    { title: 'ENACTED', cell: (object) => shown(object.enacted) },
    { title: 'AGE', cell: (object) => spanText(now - Date.parse(object.created)) },
    { title: 'FAILURES', cell: (object) => (object.failures === 0 ? '' : String(object.failures)) },
    { title: 'NEXT', cell: (object) => nextAttempt(object, now) },
    ...(isWide ? fieldColumns(model) : []),
    { title: 'REASON', cell: (object) => (isSettled(object) ? '' : reasonText(object.backend_status)) },
  ];
  terminal.out(table(columns, objects, isWide ? undefined : terminal.width));
}

function fieldColumns(model: ApiModel): Column<ApiObject>[] {
  return model.fields
    .filter((field) => field.name !== 'name' && !field.secret)
    .map((field) => ({ title: field.name.toUpperCase(), cell: (object) => shown(object[field.name]) }));
}

function nextAttempt(object: ApiObject, now: number): string {
  if (object.next_attempt_at === null) return '';
  const inMs = Date.parse(object.next_attempt_at) - now;
  return inMs > 0 ? `in ${spanText(inMs)}` : 'now';
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
