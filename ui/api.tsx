import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { ask } from './ask.ts';
import { Trouble } from './trouble.tsx';

type Json = Readonly<Record<string, unknown>>;

/** As much of OpenAPI as is shown. */
interface Operation extends Json {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
}
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema?: Json;
  readonly description?: string;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation | readonly Parameter[]>>>>;
  readonly components: Json;
}

interface Offered {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
  readonly parameters: readonly Parameter[];
}

/** What programs may ask, as the server describes it: `/openapi.json`, to be read by people. */
export function Api(): ReactNode {
  const { data, error } = useQuery({
    queryKey: ['api'],
    queryFn: () => ask<Document>('GET', '/openapi.json'),
  });
  const [wanted, setWanted] = useState('');
  const offered = data === undefined ? [] : offeredBy(data).filter(({ path }) => path.includes(wanted));
  return (
    <section className="screen">
      <h1>API</h1>
      <p className="hint">
        REST, described by <a href="/openapi.json">/openapi.json</a> for programs. Where a token is asked for,
        it is sent as <code>Authorization: Bearer …</code>.
      </p>
      <Trouble error={error} />
      <label>
        Show paths with
        <input
          type="search"
          value={wanted}
          placeholder="/objects/"
          autoComplete="off"
          onChange={(event) => setWanted(event.target.value.trim())}
        />
      </label>
      {[...Map.groupBy(offered, tagOf)]
        .toSorted(([a], [b]) => Number(b === OWN) - Number(a === OWN))
        .map(([tag, its]) => (
          <section key={tag} aria-label={tag}>
            <h2 className="as-written">{tag}</h2>
            {its.map((one) => (
              <OperationCard
                key={one.operation.operationId}
                offered={one}
                components={data?.components ?? {}}
              />
            ))}
          </section>
        ))}
    </section>
  );
}

/** What is not of one model comes first: there is less of it. */
const OWN = 'accord';
const tagOf = ({ operation }: Offered): string => operation.tags[0] ?? '';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

function offeredBy({ paths }: Document): Offered[] {
  return Object.entries(paths).flatMap(([path, item]) => {
    const shared = (item['parameters'] ?? []) as readonly Parameter[];
    return METHODS.flatMap((method) => {
      const operation = item[method] as Operation | undefined;
      if (operation === undefined) return [];
      return [
        {
          method: method.toUpperCase(),
          path,
          operation,
          parameters: [...shared, ...(operation.parameters ?? [])],
        },
      ];
    });
  });
}

function OperationCard({
  offered: { method, path, operation, parameters },
  components,
}: {
  readonly offered: Offered;
  readonly components: Json;
}): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const { description, requestBody, responses } = operation;
  return (
    <details className="card operation" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <b className="method">{method}</b> <code>{path}</code>
      </summary>
      {isOpen && (
        <>
          {description !== undefined && <p>{description}</p>}
          {parameters.length > 0 && (
            <ul>
              {parameters.map(({ name, in: where, required, schema, description: said }) => (
                <li key={`${where} ${name}`}>
                  <code>{name}</code>{' '}
                  <span className="hint">
                    in {where}
                    {required === true ? ', required' : ''}
                  </span>{' '}
                  {typeof schema?.['type'] === 'string' && schema['type']} {said}
                </li>
              ))}
            </ul>
          )}
          <Schema title="Takes" value={requestBody} components={components} />
          <Schema title="Answers" value={responses} components={components} />
        </>
      )}
    </details>
  );
}

function Schema({
  title,
  value,
  components,
}: {
  readonly title: string;
  readonly value: unknown;
  readonly components: Json;
}): ReactNode {
  if (value === undefined) return null;
  return (
    <>
      <h3>{title}</h3>
      <pre className="said json" tabIndex={0} role="region" aria-label={title}>
        {JSON.stringify(resolved(value, components, 1), null, 2)}
      </pre>
    </>
  );
}

/** The same with what it refers to in place; in that, references stay. */
function resolved(value: unknown, components: Json, depth: number): unknown {
  if (Array.isArray(value)) return value.map((one) => resolved(one, components, depth));
  if (typeof value !== 'object' || value === null) return value;
  const { $ref } = value as { readonly $ref?: unknown };
  if (typeof $ref === 'string' && depth > 0) {
    const [, kind = '', name = ''] = /^#\/components\/(\w+)\/(.+)$/.exec($ref) ?? [];
    const target = (components[kind] as Json | undefined)?.[name];
    return target === undefined ? value : resolved(target, components, depth - 1);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, resolved(part, components, depth)]),
  );
}
