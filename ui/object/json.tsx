import { useState, type ReactNode } from 'react';
import type { ApiObject } from '../../client/wire.ts';

/** The object as REST says it. */
export function Json({ object }: { readonly object: ApiObject }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="card" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>JSON</summary>
      {isOpen && (
        <pre className="json" tabIndex={0}>
          {JSON.stringify(object, null, 2)}
        </pre>
      )}
    </details>
  );
}
