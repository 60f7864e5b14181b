import { useQuery } from '@tanstack/react-query';
import { useMemo, useState, type ReactNode } from 'react';
import type { ApiGraph, ApiModelGraph, ApiSummary } from '../../client/operate-wire.ts';
import { ask, operate, spell, type Ref } from '../ask.ts';
import { useSummary } from '../queries.ts';
import { addressOf } from '../route.ts';
import { Trouble } from '../trouble.tsx';
import { GraphDrawing, Legend } from './drawing.tsx';
import { pictureOf, pictureOfModels } from './picture.ts';

const CALM_MS = 5_000;

/** What depends on what: round an object, or from model to model; who waits for whom, and because of which failure. */
export function GraphPage({ target }: { readonly target: Ref | undefined }): ReactNode {
  return (
    <section className="wide">
      {target === undefined ? <ModelsGraph /> : <ObjectGraph key={spell(target)} target={target} />}
    </section>
  );
}

function ModelsGraph(): ReactNode {
  const summary = useSummary();
  const { data, error } = useQuery({
    queryKey: ['graph'],
    queryFn: () => ask<ApiModelGraph>('GET', '/xosapi/v1/accord/graph'),
    refetchInterval: CALM_MS,
  });
  return (
    <>
      <h1>Graph</h1>
      <p className="hint">
        The models that have objects, each as the worst of these stands. The graph round an object is on its
        page.
      </p>
      <Legend />
      <Trouble error={error ?? summary.error} />
      {data !== undefined && summary.data !== undefined && (
        <ModelsDrawing summary={summary.data} edges={data} />
      )}
    </>
  );
}

function ModelsDrawing({
  summary,
  edges,
}: {
  readonly summary: ApiSummary;
  readonly edges: ApiModelGraph;
}): ReactNode {
  const picture = useMemo(() => pictureOfModels(summary, edges), [summary, edges]);
  if (picture.nodes.length === 0) return <p className="hint">There are no objects yet.</p>;
  return <GraphDrawing picture={picture} about="Models, and what they depend on" />;
}

function ObjectGraph({ target }: { readonly target: Ref }): ReactNode {
  const [hops, setHops] = useState(2);
  const { data, error } = useQuery({
    queryKey: ['object', spell(target), 'graph', hops],
    queryFn: () => ask<ApiGraph>('GET', operate(target, `graph?hops=${hops}`)),
    placeholderData: (before) => before,
    refetchInterval: CALM_MS,
  });
  const picture = useMemo(() => data && pictureOf(data, spell(target)), [data, target]);
  return (
    <>
      <h1>
        Graph round <a href={addressOf({ screen: 'object', ref: target })}>{spell(target)}</a>
      </h1>
      <p className="standing">
        <label className="inline">
          Up to{' '}
          <select value={hops} onChange={(event) => setHops(Number(event.target.value))}>
            {[1, 2, 3, 4].map((number) => (
              <option key={number}>{number}</option>
            ))}
          </select>{' '}
          dependencies away
        </label>
        {picture?.isByModel === true && <span className="hint">Too many to draw each: by model.</span>}
        {data?.is_cut === true && <span className="hint">There are more; the first 500 are shown.</span>}
      </p>
      <Legend />
      <Trouble error={error} />
      {picture !== undefined && (
        <GraphDrawing picture={picture} about={`What depends on what round ${spell(target)}`} />
      )}
    </>
  );
}
