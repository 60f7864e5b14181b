import type { ReactNode, RefObject } from 'react';

const KEYS = [
  ['/', 'search'],
  ['j, k', 'the next object, the one before'],
  ['Enter', 'open it'],
  ['s', 'synchronize it now'],
  ['?', 'these keys'],
  ['Esc', 'close, or leave the search'],
] as const;

/** Which keys there are. */
export function Help({ dialog }: { readonly dialog: RefObject<HTMLDialogElement | null> }): ReactNode {
  return (
    <dialog ref={dialog} aria-labelledby="help-title">
      <h2 id="help-title">Keys</h2>
      <dl className="keys">
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p>
        Search for <code>Model/id</code>, for words of names and reasons, or{' '}
        <code>state:error,blocked model:Color</code>.
      </p>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
