import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode, type RefObject } from 'react';
import type { ApiObject } from '../../client/wire.ts';
import { ask, spell, type Ref } from '../ask.ts';
import { CommandLine } from '../command-line.tsx';
import { ObjectLink } from '../object-link.tsx';
import { useModels } from '../queries.ts';
import { Trouble } from '../trouble.tsx';
import { many } from '../words.ts';
import { readCascade } from './cascade.ts';

/** Above so many objects, the name is to be typed. */
const MANY = 10;
const SHOWN = 50;

/** Show what would be deleted, in order, and ask whether that is meant. */
export function DeleteDialog({
  dialog,
  target,
  object,
}: {
  readonly dialog: RefObject<HTMLDialogElement | null>;
  readonly target: Ref;
  readonly object: ApiObject;
}): ReactNode {
  const isOpen = useIsOpen(dialog);
  const client = useQueryClient();
  const model = useModels().data?.find(({ name }) => name === target.model);
  const [typed, setTyped] = useState('');
  const cascade = useQuery({
    queryKey: ['object', spell(target), 'cascade'],
    queryFn: () => readCascade(target),
    enabled: isOpen,
  });
  const others = cascade.data?.objects ?? [];
  const wanted = typeof object['name'] === 'string' && object['name'] !== '' ? object['name'] : spell(target);
  const isSure = others.length + 1 <= MANY || typed === wanted;
  const remove = useMutation({
    mutationFn: () =>
      ask(
        'DELETE',
        `/xosapi/v1/${model?.app ?? ''}/${model?.plural ?? ''}/${target.id}?cascade=${String(others.length > 0)}`,
      ),
    onSuccess: () => dialog.current?.close(),
    onSettled: () => client.invalidateQueries({ queryKey: ['object'] }),
  });
  return (
    <dialog ref={dialog} aria-labelledby="delete-title">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          remove.mutate();
        }}
      >
        <h2 id="delete-title">Delete {spell(target)}</h2>
        {cascade.isFetching && <p>Looking for what depends on it …</p>}
        {others.length > 0 && (
          <>
            <p>
              {cascade.data?.isCut === true ? 'More than ' : ''}
              {many(others.length + 1, 'object')} would be deleted, in this order:
            </p>
            <ol className="cascade">
              {others.slice(0, SHOWN).map((other) => (
                <li key={other.object}>
                  <ObjectLink {...other} />
                </li>
              ))}
              {others.length > SHOWN && <li>… {others.length - SHOWN} more …</li>}
              <li>
                <b>{spell(target)}</b>
              </li>
            </ol>
          </>
        )}
        {cascade.data?.objects.length === 0 && (
          <p>Nothing depends on it. It is gone when its back end has confirmed it.</p>
        )}
        {others.length + 1 > MANY && (
          <label>
            To delete all of these, type {wanted}
            <input value={typed} autoComplete="off" onChange={(event) => setTyped(event.target.value)} />
          </label>
        )}
        <CommandLine line={`accord delete ${spell(target)}${others.length > 0 ? ' --cascade' : ''}`} />
        <Trouble error={cascade.error ?? remove.error} />
        <div className="buttons">
          <button
            type="submit"
            className="danger"
            disabled={!isSure || remove.isPending || !cascade.isSuccess || model === undefined}
          >
            Delete {others.length > 0 ? many(others.length + 1, 'object') : ''}
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** A dialog is opened by its element: what it shows is asked only then. */
function useIsOpen(dialog: RefObject<HTMLDialogElement | null>): boolean {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    const element = dialog.current;
    const look = (): void => setOpen(element?.open === true);
    element?.addEventListener('toggle', look);
    return () => element?.removeEventListener('toggle', look);
  }, [dialog]);
  return isOpen;
}
