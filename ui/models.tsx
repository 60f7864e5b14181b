import type { ReactNode } from 'react';
import type { ApiModel } from '../client/wire.ts';
import { useModels, useSummary } from './queries.ts';
import { addressOf } from './route.ts';
import { Trouble } from './trouble.tsx';
import { many, plain } from './words.ts';

/** The models, with what they say of themselves; those first that have objects. */
export function Models(): ReactNode {
  const { data = [], error } = useModels();
  const summary = useSummary().data;
  const totals = new Map(summary?.models.map(({ model, total }) => [model, total]));
  const sorted = data.toSorted(
    (a, b) => (totals.get(b.name) ?? 0) - (totals.get(a.name) ?? 0) || a.name.localeCompare(b.name),
  );
  return (
    <section className="screen">
      <h1>Models</h1>
      <Trouble error={error} />
      {sorted.map((model) => (
        <ModelCard key={model.name} model={model} total={totals.get(model.name) ?? 0} />
      ))}
    </section>
  );
}

function ModelCard({ model, total }: { readonly model: ApiModel; readonly total: number }): ReactNode {
  return (
    <details className="card model">
      <summary>
        <b>{model.name}</b> <span className="hint">{plain(model.description)}</span>
        {total > 0 && <span className="total">{many(total, 'object')}</span>}
      </summary>
      <p className="standing">
        <a href={addressOf({ screen: 'objects', search: `model:${model.name}` })}>{many(total, 'object')}</a>
        {!model.abstract && <a href={addressOf({ screen: 'new', model: model.name })}>New {model.name}…</a>}
        <span>synchronizer {model.synchronizer}</span>
        {model.bases.length > 0 && <span>is a {model.bases.join(', ')}</span>}
        {!model.managed && <span>nothing acts on it</span>}
        <code>
          /xosapi/v1/{model.app}/{model.plural}
        </code>
      </p>
      <div className="scroll-x" tabIndex={0} role="region" aria-label={`Fields of ${model.name}`}>
        <table>
          <thead>
            <tr>
              <th>Field</th>
              <th>Type</th>
              <th>State</th>
              <th>What it is</th>
            </tr>
          </thead>
          <tbody>
            {model.fields.map((field) => (
              <tr key={field.name}>
                <td>
                  <code>{field.name}</code>
                  {field.required && <span title="required"> *</span>}
                </td>
                <td>{typeText(field)}</td>
                <td>{field.state}</td>
                <td>{plain(field.help_text)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function typeText({ type, peer, repeated, secret, choices }: ApiModel['fields'][number]): string {
  const base = peer === null ? type : `link to ${peer}`;
  const said = [repeated ? `many ${base}` : base, ...(secret ? ['secret'] : [])].join(', ');
  return choices === null ? said : `${said}: ${choices.map(String).join(', ')}`;
}
