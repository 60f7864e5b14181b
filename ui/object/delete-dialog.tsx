import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode, type RefObject } from 'react';
import { LONG_MS } from '../../client/request.ts';
import type { ApiObject } from '../../client/wire.ts';
import { ask, spell, type Ref } from '../ask.ts';
import { CommandLine } from '../command-line.tsx';
import { useModels } from '../queries.ts';
import { Trouble } from '../trouble.tsx';
import { many, plain } from '../words.ts';
import { Cascade, Protected, useCascade } from './cascade.tsx';

/** Above so many objects, the name is to be typed. */
const MANY = 10;
const LONGEST_NAME = 60;

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
  const client = useQueryClient();
  const model = useModels().data?.find(({ name }) => name === target.model);
  const [typed, setTyped] = useState('');
  const remove = useMutation({
    mutationFn: (cascade: boolean) =>
      ask(
        'DELETE',
        `/xosapi/v1/${model?.app ?? ''}/${model?.plural ?? ''}/${target.id}?cascade=${String(cascade)}`,
        { timeoutMs: LONG_MS },
      ),
    onSuccess: () => dialog.current?.close(),
    onSettled: () => client.invalidateQueries({ queryKey: ['object'] }),
  });
  const { reset } = remove;
  const isOpen = useIsOpen(dialog);
  useEffect(() => {
    // What was typed for one deletion confirms no other.
    setTyped('');
    reset();
  }, [isOpen, reset]);
  const cascade = useCascade(target, isOpen);
  const whole = cascade.data?.pages[0];
  const total = whole?.total ?? 1;
  const wanted = wordToType(target, object);
  const isSure = total <= MANY || typed.trim() === wanted;
  return (
    <dialog ref={dialog} aria-labelledby="delete-title">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          remove.mutate(total > 1);
        }}
      >
        <h2 id="delete-title" className="as-written">
          Delete {spell(target)}
        </h2>
        {isOpen && cascade.isPending && <p>Looking for what depends on it …</p>}
        <Cascade target={target} cascade={cascade} />
        {whole?.total === 1 && <p>Nothing depends on it. It is gone when its back end has confirmed it.</p>}
        <Protected cascade={whole} />
        {total > MANY && (
          <label>
            <span>
              To delete all of these, type <code className="to-type">{wanted}</code>
            </span>
            <input value={typed} autoComplete="off" onChange={(event) => setTyped(event.target.value)} />
          </label>
        )}
        <CommandLine line={`accord delete ${spell(target)}${total > 1 ? ' --cascade' : ''}`} />
        <Trouble error={cascade.error ?? remove.error} />
        <div className="buttons">
          <button
            type="submit"
            className="danger"
            disabled={
              !isSure ||
              remove.isPending ||
              whole === undefined ||
              whole.protected.count > 0 ||
              model === undefined
            }
          >
            {remove.isPending ? 'Deleting' : 'Delete'} {total > 1 ? many(total, 'object') : ''}
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** Its name, where that can be typed as it is seen. */
function wordToType(target: Ref, object: ApiObject): string {
  const name = object['name'];
  const isTypable =
    typeof name === 'string' &&
    /^\S+( \S+)*$/.test(name) &&
    name.length <= LONGEST_NAME &&
    plain(name) === name;
  return isTypable ? name : spell(target);
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
