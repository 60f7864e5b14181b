import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, type ReactNode } from 'react';
import type { ApiObject } from '../../client/wire.ts';
import { ask, operate, spell, type Ref } from '../ask.ts';
import { CommandLine } from '../command-line.tsx';
import { useKeys } from '../keys.ts';
import { useModels, usePauses } from '../queries.ts';
import { addressOf } from '../route.ts';
import { Trouble } from '../trouble.tsx';
import { plain } from '../words.ts';
import { DeleteDialog } from './delete-dialog.tsx';
import { PauseDialog } from './pause-dialog.tsx';

/** What one can do with an object; beside each the command line that does the same. */
export function Actions({ target, object }: { readonly target: Ref; readonly object: ApiObject }): ReactNode {
  const name = spell(target);
  const managed = useModels().data?.find((model) => model.name === target.model)?.managed ?? false;
  const pause = usePauses().data?.find((one) => one.scope === 'object' && one.target === name);
  const sync = useAct(target, 'sync');
  const resume = useAct(target, 'resume');
  const pausing = useRef<HTMLDialogElement>(null);
  const deleting = useRef<HTMLDialogElement>(null);
  useKeys({ s: () => sync.mutate() });
  return (
    <section className="card actions" aria-labelledby="actions-title">
      <h2 id="actions-title">To do</h2>
      {managed && (
        <div>
          <button
            type="button"
            className={pause === undefined ? 'primary' : ''}
            disabled={sync.isPending}
            onClick={() => sync.mutate()}
          >
            Sync now
          </button>
          <CommandLine line={`accord sync ${name}`} />
        </div>
      )}
      {pause !== undefined && (
        <div>
          <p className="hint">
            Paused by {plain(pause.by)}
            {pause.reason !== '' && `: ${plain(pause.reason)}`}
          </p>
          <button
            type="button"
            className="primary"
            disabled={resume.isPending}
            onClick={() => resume.mutate()}
          >
            Resume
          </button>
          <CommandLine line={`accord resume ${name}`} />
        </div>
      )}
      {managed && pause === undefined && (
        <div>
          <button type="button" onClick={() => pausing.current?.showModal()}>
            Pause…
          </button>
          <CommandLine line={`accord pause ${name}`} />
        </div>
      )}
      {!object.deleted && (
        <div>
          <a className="button" href={addressOf({ screen: 'edit', ref: target })}>
            Edit…
          </a>
          <CommandLine line={`accord update ${name} FIELD=VALUE`} />
        </div>
      )}
      {!object.deleted && (
        <div>
          <button type="button" className="danger" onClick={() => deleting.current?.showModal()}>
            Delete…
          </button>
          <CommandLine line={`accord delete ${name}`} />
        </div>
      )}
      <Trouble error={sync.error ?? resume.error} />
      <PauseDialog dialog={pausing} target={target} />
      <DeleteDialog dialog={deleting} target={target} object={object} />
    </section>
  );
}

/** Have something done to an object, and see what became of it at once. */
function useAct(target: Ref, what: 'sync' | 'resume') {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => ask('POST', operate(target, what)),
    onSettled: () =>
      Promise.all([['object'], ['pauses']].map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
}
