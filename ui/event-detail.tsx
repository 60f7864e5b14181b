import type { ReactNode } from 'react';
import type { ApiEvent } from '../client/operate-wire.ts';
import type { StateFace } from './states.ts';
import { plain } from './words.ts';

/** The colour of what has happened: red for errors alone. */
export function toneOf({ kind }: ApiEvent): StateFace['tone'] {
  if (kind === 'failed') return 'red';
  if (kind === 'stalled') return 'magenta';
  if (kind === 'synced') return 'green';
  if (kind === 'deferred') return 'yellow';
  if (kind.includes('delet') || kind === 'reaped') return 'violet';
  return 'grey';
}

/** What an event says: what changed from what to what, or the text of an attempt; and who did it. */
export function EventDetail({ event: { detail, writer } }: { readonly event: ApiEvent }): ReactNode {
  const { before, after, text, ...rest } = detail;
  const changes = changesBetween(before, after);
  const facts = Object.entries(aboutWhom(rest)).filter(
    ([, value]) => value !== null && value !== '' && typeof value !== 'object',
  );
  return (
    <span className="event-detail">
      {writer !== null && <span className="hint">by {plain(writer)} </span>}
      {facts.map(([key, value]) => (
        <span key={key} className="hint">
          {key} {plain(String(value))}{' '}
        </span>
      ))}
      {typeof text === 'string' && <span className="said">{plain(text)}</span>}
      {changes.map(({ field, from, to }) => (
        <span key={field} className="change">
          {field} {from !== undefined && <del>{from}</del>} <ins>{to}</ins>
        </span>
      ))}
    </span>
  );
}

/** A pause says what is held back: of an object that stands beside it already. */
function aboutWhom(detail: ApiEvent['detail']): ApiEvent['detail'] {
  const { scope, name, ...rest } = detail;
  if (typeof scope !== 'string') return detail;
  return scope === 'object' ? rest : { [scope]: name, ...rest };
}

interface Change {
  readonly field: string;
  /** Absent when there was no object before. */
  readonly from: string | undefined;
  readonly to: string;
}

function changesBetween(before: unknown, after: unknown): Change[] {
  if (!isFields(after)) return [];
  return Object.entries(after)
    .filter(([, value]) => isFields(before) || value !== null)
    .map(([field, value]) => ({
      field,
      from: isFields(before) ? valueText(before[field]) : undefined,
      to: valueText(value),
    }));
}

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function valueText(value: unknown): string {
  if (value === null || value === undefined) return '–';
  if (isFields(value) && typeof value['model'] === 'string')
    return `${value['model']}/${String(value['id'])}`;
  return plain(typeof value === 'string' ? value : JSON.stringify(value));
}
