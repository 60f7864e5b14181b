import type { ApiEvent } from '../client/operate-wire.ts';
import type { Cursor, StoredEvent } from '../store/events.ts';
import type { Registry } from '../store/registry.ts';
import { spell } from './view.ts';

/** How a place in the stream is written. */
export function spellCursor({ xid, id }: Cursor): string {
  return `${xid}-${id}`;
}

/** The place that `text` means; undefined when it is none. */
export function cursorIn(text: string): Cursor | undefined {
  const [, xid, id] = /^(\d{1,19})-(\d{1,15})$/.exec(text) ?? [];
  return xid === undefined ? undefined : { xid, id: Number(id) };
}

/** Show an event. Secrets are masked once more: what was written down may be older than their being secret. */
export function viewOfEvent(event: StoredEvent, registry: Registry): ApiEvent {
  const { model, object_id: id, detail } = event;
  return {
    cursor: spellCursor(event),
    id: event.id,
    at: event.at.toISOString(),
    kind: event.kind,
    object: model === null || id === null ? targetOf(event) : spell({ model, id }),
    writer: event.writer,
    detail: masked(detail, secretsOf(registry, model)),
  };
}

/** A pause of an object knows its number alone. */
function targetOf({ object_id: id, detail }: StoredEvent): string | null {
  return id !== null && typeof detail['model'] === 'string' ? spell({ model: detail['model'], id }) : null;
}

function secretsOf(registry: Registry, model: string | null): ReadonlySet<string> {
  const fields = model === null ? [] : (registry.get(model)?.definition.fields ?? []);
  return new Set(fields.filter(({ secret }) => secret).map(({ name }) => name));
}

/** The values of objects are under these keys. */
const VALUES = ['before', 'after', 'feedback'];

function masked(detail: StoredEvent['detail'], secrets: ReadonlySet<string>): StoredEvent['detail'] {
  const mask = ([key, value]: [string, unknown]): [string, unknown] => [
    key,
    secrets.has(key) && value !== null ? '(secret)' : value,
  ];
  return Object.fromEntries(
    Object.entries(detail).map(([key, value]) =>
      VALUES.includes(key) && typeof value === 'object' && value !== null
        ? [key, Object.fromEntries(Object.entries(value).map(mask))]
        : [key, value],
    ),
  );
}
