import type { ReactNode } from 'react';
import type { ApiWhy } from '../../client/operate-wire.ts';
import type { ApiObject } from '../../client/wire.ts';
import { Age, NextAttempt } from '../ages.tsx';
import { spell, type Ref } from '../ask.ts';
import { useObject, useWhy } from '../queries.ts';
import { addressOf } from '../route.ts';
import { StateBadge } from '../state-badge.tsx';
import { isSettled, stateWord } from '../states.ts';
import { isGone, Trouble } from '../trouble.tsx';
import { plain } from '../words.ts';
import { Actions } from './actions.tsx';
import { Fields } from './fields.tsx';
import { History } from './history.tsx';
import { Neighbours } from './neighbours.tsx';
import { Json } from './json.tsx';
import { TemporalLink } from './temporal-link.tsx';
import { WhyChain } from './why-chain.tsx';

/** One object: how it stands and why, what is asked for and what is, and what one can do. */
export function ObjectPage({ target }: { readonly target: Ref }): ReactNode {
  const object = useObject(target);
  const why = useWhy(target);
  // Whichever is told first.
  const gone = [object.error, why.error].find(isGone);
  if (object.data === undefined || gone !== undefined)
    return (
      <section className="object">
        <h1>{spell(target)}</h1>
        {gone === undefined ? <Trouble error={object.error} /> : <Gone target={target} said={gone} />}
      </section>
    );
  // The path may name a base: from here on it is what it was created as.
  const ref = { model: object.data.leaf_model_name, id: object.data.id };
  return (
    <section className="object" aria-label={spell(ref)}>
      <Head target={ref} object={object.data} why={why.data} />
      <Trouble error={object.error ?? why.error} />
      <div className="columns">
        <div>
          {why.data && <WhyChain why={why.data} />}
          <Fields object={object.data} />
          <History target={ref} isBusy={!isSettled(stateWord(object.data))} />
        </div>
        <aside>
          <Actions target={ref} object={object.data} />
          <Neighbours target={ref} direction="dependencies" title="Depends on, or reads" />
          <Neighbours target={ref} direction="dependents" title="Depend on it, or read it" />
          <Json object={object.data} />
        </aside>
      </div>
    </section>
  );
}

function Head({
  target,
  object,
  why,
}: {
  readonly target: Ref;
  readonly object: ApiObject;
  readonly why: ApiWhy | undefined;
}): ReactNode {
  const name = object['name'];
  const [self] = why?.chain ?? [];
  const isEnacted = object.enacted === object.generation;
  return (
    <header className="object-head">
      <h1>
        {spell(target)}{' '}
        {typeof name === 'string' && name !== '' && <span className="name">{plain(name)}</span>}
      </h1>
      <div className="standing">
        <StateBadge word={stateWord(object)} big />
        {self !== undefined && (
          <span>
            for <Age since={self.since} />
          </span>
        )}
        <span>
          generation {object.generation}
          {isEnacted ? '' : `, enacted ${object.enacted ?? 'none'}`}
        </span>
        {object.deleted && stateWord(object) !== 'Deleting' && <span>marked for deletion</span>}
        {object.failures > 0 && <span>failed {object.failures} times</span>}
        <NextAttempt at={object.next_attempt_at} />
        <a href={addressOf({ screen: 'graph', ref: target })}>Graph</a>
        <TemporalLink target={target} />
      </div>
    </header>
  );
}

function Gone({ target, said }: { readonly target: Ref; readonly said: Error }): ReactNode {
  return (
    <>
      <p className="hint">
        {plain(said.message)}. It may have been deleted; what happened to it is below, as long as it is
        remembered.{' '}
        <a href={addressOf({ screen: 'objects', search: `model:${target.model}` })}>All of {target.model}</a>
      </p>
      <History target={target} />
    </>
  );
}
