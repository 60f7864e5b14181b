import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode, type RefObject } from 'react';
import { ask, operate, spell, type Ref } from '../ask.ts';
import { CommandLine } from '../command-line.tsx';
import { quoted } from '../shell.ts';
import { Trouble } from '../trouble.tsx';

/** Ask why and until when an object is to be held back. */
export function PauseDialog({
  dialog,
  target,
}: {
  readonly dialog: RefObject<HTMLDialogElement | null>;
  readonly target: Ref;
}): ReactNode {
  const client = useQueryClient();
  const [reason, setReason] = useState('');
  const [until, setUntil] = useState('');
  const pause = useMutation({
    mutationFn: () =>
      ask('POST', operate(target, 'pause'), {
        body: { reason, ...(until !== '' && { until: new Date(until).toISOString() }) },
      }),
    onSuccess: () => dialog.current?.close(),
    onSettled: () =>
      Promise.all([['object'], ['pauses']].map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
  const options = [
    ...(reason === '' ? [] : [`--reason ${quoted(reason)}`]),
    ...(until === '' ? [] : [`--until ${until}`]),
  ];
  return (
    <dialog ref={dialog} aria-labelledby="pause-title">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          pause.mutate();
        }}
      >
        <h2 id="pause-title" className="as-written">
          Pause {spell(target)}
        </h2>
        <p>What runs is stopped, nothing begins; what depends on it waits, too.</p>
        <label>
          Reason, for those who come across it
          <input value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />
        </label>
        <label>
          Until (else until somebody resumes)
          <input type="datetime-local" value={until} onChange={(event) => setUntil(event.target.value)} />
        </label>
        <CommandLine line={['accord pause', spell(target), ...options].join(' ')} />
        <Trouble error={pause.error} />
        <div className="buttons">
          <button type="submit" className="primary" disabled={pause.isPending}>
            Pause
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
        </div>
      </form>
    </dialog>
  );
}
