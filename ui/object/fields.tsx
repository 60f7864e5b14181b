import type { ReactNode } from 'react';
import type { ApiField, ApiObject } from '../../client/wire.ts';
import { ObjectLink } from '../object-link.tsx';
import { useModels } from '../queries.ts';
import { plain } from '../words.ts';

/** What is asked for, and beside it what steps have found. */
export function Fields({ object }: { readonly object: ApiObject }): ReactNode {
  const model = useModels().data?.find(({ name }) => name === object.leaf_model_name);
  if (model === undefined) return null;
  return (
    <div className="sides">
      <Side
        title="Goal"
        object={object}
        fields={model.fields.filter(({ state }) => state === 'declarative')}
      />
      <Side
        title="What is"
        object={object}
        fields={model.fields.filter(({ state }) => state === 'feedback')}
      />
    </div>
  );
}

function Side({
  title,
  object,
  fields,
}: {
  readonly title: string;
  readonly object: ApiObject;
  readonly fields: readonly ApiField[];
}): ReactNode {
  // What is set first: models bring many fields that few objects use.
  const set = fields.filter((field) => field.secret || !isEmpty(object[field.name]));
  const unset = fields.filter((field) => !set.includes(field));
  return (
    <section className="card" aria-label={title}>
      <h2>{title}</h2>
      {fields.length === 0 && <p className="hint">Its model has none of these.</p>}
      <dl className="fields">
        {set.map((field) => (
          <div key={field.name} title={plain(field.help_text)}>
            <dt>
              <FieldName name={field.name} />
            </dt>
            <dd>
              <FieldValue field={field} value={object[field.name]} />
            </dd>
          </div>
        ))}
      </dl>
      {unset.length > 0 && (
        <p className="hint unset">
          Not set:{' '}
          {unset.map(({ name }, at) => (
            <span key={name}>
              {at > 0 && ', '}
              <FieldName name={name} />
            </span>
          ))}
        </p>
      )}
    </section>
  );
}

function FieldValue({ field, value }: { readonly field: ApiField; readonly value: unknown }): ReactNode {
  if (field.secret) return <span className="none">(secret)</span>;
  if (field.peer !== null) {
    const ids: readonly unknown[] = Array.isArray(value) ? value : [value];
    return ids
      .slice(0, 50)
      .map((id) => <ObjectLink key={String(id)} object={`${field.peer}/${String(id)}`} />);
  }
  return <span className="value">{plain(typeof value === 'string' ? value : JSON.stringify(value))}</span>;
}

const isEmpty = (value: unknown): boolean =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

/** A long name breaks where its words do. */
function FieldName({ name }: { readonly name: string }): ReactNode {
  return name.split(/(?<=_)/).map((part, at) => (
    <span key={`${at} ${part}`}>
      {at > 0 && <wbr />}
      {part}
    </span>
  ));
}
