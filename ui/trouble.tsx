import type { ReactNode } from 'react';
import { ApiError } from '../client/request.ts';
import { plain } from './words.ts';

/** What was asked about is no more. */
export const isGone = (error: Error | null): error is ApiError =>
  error instanceof ApiError && error.status === 404;

/** What was refused or could not be asked, and why: all faults of it. */
export function Trouble({ error }: { readonly error: Error | null }): ReactNode {
  if (error === null) return null;
  const faults = error instanceof ApiError && error.faults.length > 1 ? error.faults : [];
  return (
    <div className="trouble" role="alert">
      {faults.length === 0 ? plain(error.message) : null}
      {faults.length > 0 && (
        <ul>
          {faults.map(({ message }) => (
            <li key={message}>{plain(message)}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Trouble of a part of an object's page. That what it is about is gone is for the page to say, once. */
export const PartTrouble = ({ error }: { readonly error: Error | null }): ReactNode =>
  isGone(error) ? null : <Trouble error={error} />;
