import type { ApiField, ApiObject } from '../../client/wire.ts';

/** What stands in the fields of a form: text as it is typed, a line for each of many; ids of links. */
export type Draft = Readonly<Record<string, string>>;

/** A form of an object, or of none yet. Of secrets nothing is known. */
export function draftOf(fields: readonly ApiField[], object: ApiObject | undefined): Draft {
  return Object.fromEntries(
    fields.map((field) => [
      field.name,
      field.secret ? '' : textOf(object === undefined ? field.default : object[field.name]),
    ]),
  );
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(textOf).join('\n');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The fields whose text is another one, as REST takes them. */
export function changesIn(fields: readonly ApiField[], before: Draft, now: Draft): Record<string, unknown> {
  return Object.fromEntries(
    fields
      .filter(({ name }) => before[name] !== now[name])
      .map((field) => [field.name, valueOf(field, now[field.name] ?? '')]),
  );
}

/** What is no number, where one is wanted, is sent as it is: the server says what is wrong with it. */
function valueOf(field: ApiField, text: string): unknown {
  if (field.repeated)
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => scalarOf(field, line));
  if (text === '' && !(field.required && field.type === 'string')) return null;
  return scalarOf(field, text);
}

function scalarOf({ type }: ApiField, text: string): unknown {
  if (type === 'bool') return text === 'true' ? true : text === 'false' ? false : text;
  if (['string', 'bytes', 'enum'].includes(type)) return text;
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}
