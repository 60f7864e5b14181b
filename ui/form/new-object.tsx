import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import type { ApiModel, ApiObject } from '../../client/wire.ts';
import { ask } from '../ask.ts';
import { useModels } from '../queries.ts';
import { go } from '../route.ts';
import { Trouble } from '../trouble.tsx';
import { plain } from '../words.ts';
import { draftOf } from './draft.ts';
import { fieldsOf, ObjectForm } from './object-form.tsx';

/** Create an object of a model. */
export function NewObject({ model: name }: { readonly model: string }): ReactNode {
  const { data, error } = useModels();
  const model = data?.find((one) => one.name === name);
  return (
    <section className="screen">
      <h1>New {name}</h1>
      <Trouble error={error} />
      {data !== undefined && (model === undefined || model.abstract) && (
        <p className="hint">There is no model {name} of which one could be created.</p>
      )}
      {model !== undefined && !model.abstract && (
        <>
          <p className="hint">{plain(model.description)}</p>
          <Creation model={model} />
        </>
      )}
    </section>
  );
}

function Creation({ model }: { readonly model: ApiModel }): ReactNode {
  const fields = fieldsOf(model);
  const [draft, setDraft] = useState(() => draftOf(fields, undefined));
  const create = useMutation({
    mutationFn: (body: Readonly<Record<string, unknown>>) =>
      ask<ApiObject>('POST', `/xosapi/v1/${model.app}/${model.plural}`, { body }),
    onSuccess: ({ leaf_model_name, id }) => go({ screen: 'object', ref: { model: leaf_model_name, id } }),
  });
  return (
    <ObjectForm
      model={model}
      before={draftOf(fields, undefined)}
      draft={draft}
      isNew
      error={create.error}
      isPending={create.isPending}
      command={`accord create ${model.name}`}
      onDraft={setDraft}
      onSave={(changes) => create.mutate(changes)}
      onCancel={() => history.back()}
    />
  );
}
