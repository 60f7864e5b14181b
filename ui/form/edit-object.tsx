import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { ApiError } from '../../client/request.ts';
import type { ApiField, ApiModel, ApiObject } from '../../client/wire.ts';
import { ask, spell, type Ref } from '../ask.ts';
import { useModels } from '../queries.ts';
import { go } from '../route.ts';
import { Trouble } from '../trouble.tsx';
import { plain } from '../words.ts';
import { draftOf, type Draft } from './draft.ts';
import { fieldsOf, ObjectForm } from './object-form.tsx';
import { readTagged, type Tagged } from './read-tagged.ts';

/** Change the goal of an object, as long as nobody else has changed it meanwhile. */
export function EditObject({ target }: { readonly target: Ref }): ReactNode {
  const models = useModels();
  const model = models.data?.find(({ name }) => name === target.model);
  const path = model && `/xosapi/v1/${model.app}/${model.plural}/${target.id}`;
  const { data, error } = useQuery({
    queryKey: ['edit', path],
    queryFn: () => readTagged(path ?? ''),
    enabled: path !== undefined,
    // What is typed stands on what was read then.
    staleTime: Infinity,
    gcTime: 0,
  });
  return (
    <section className="screen">
      <h1>Edit {spell(target)}</h1>
      <Trouble error={models.error ?? error} />
      {models.data !== undefined && model === undefined && (
        <p className="hint">There is no model {target.model}.</p>
      )}
      {model !== undefined && path !== undefined && data !== undefined && (
        <Change target={target} model={model} path={path} read={data} />
      )}
    </section>
  );
}

function Change({
  target,
  model,
  path,
  read,
}: {
  readonly target: Ref;
  readonly model: ApiModel;
  readonly path: string;
  readonly read: Tagged;
}): ReactNode {
  const fields = fieldsOf(model);
  const client = useQueryClient();
  const [base, setBase] = useState(read);
  const before = draftOf(fields, base.object);
  const [draft, setDraft] = useState<Draft>(before);
  const change = useMutation({
    mutationFn: (body: Readonly<Record<string, unknown>>) =>
      ask<ApiObject>('PATCH', path, { body, headers: { 'if-match': base.tag } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['object'] });
      go({ screen: 'object', ref: target });
    },
  });
  const isStale = change.error instanceof ApiError && change.error.code === 'E_STALE';
  const rebase = async (): Promise<void> => {
    const now = await readTagged(path);
    const theirs = draftOf(fields, now.object);
    // What was typed here stays, what was not is as it is now.
    setDraft(
      Object.fromEntries(
        fields.map(({ name }) => [name, draft[name] === before[name] ? theirs[name] : draft[name]]),
      ) as Draft,
    );
    setBase(now);
    change.reset();
  };
  return (
    <>
      {isStale && change.error instanceof ApiError && (
        <Conflict
          fields={fields}
          before={before}
          current={change.error.current}
          onGoOn={() => void rebase()}
        />
      )}
      <ObjectForm
        model={model}
        before={before}
        draft={draft}
        isNew={false}
        error={isStale ? null : change.error}
        // On what is not so any more, nothing more can be saved.
        isPending={change.isPending || isStale}
        command={`accord update ${spell(target)}`}
        onDraft={setDraft}
        onSave={(changes) => change.mutate(changes)}
        onCancel={() => go({ screen: 'object', ref: target })}
      />
    </>
  );
}

/** Somebody was faster: what has changed meanwhile, and the way on. */
function Conflict({
  fields,
  before,
  current,
  onGoOn,
}: {
  readonly fields: readonly ApiField[];
  readonly before: Draft;
  readonly current: ApiObject | undefined;
  readonly onGoOn: () => void;
}): ReactNode {
  const now = draftOf(fields, current);
  const changed = current === undefined ? [] : fields.filter(({ name }) => before[name] !== now[name]);
  return (
    <div className="card failed" role="alert">
      <p>Somebody has changed this object since you opened it; nothing of yours is stored yet.</p>
      {changed.map(({ name }) => (
        <p key={name} className="change">
          {name} <del>{plain(before[name] ?? '')}</del> <ins>{plain(now[name] ?? '')}</ins>
        </p>
      ))}
      <button type="button" onClick={onGoOn}>
        Go on from there
      </button>
    </div>
  );
}
