import type { ReactNode } from 'react';
import type { ApiSynchronizer } from '../client/operate-wire.ts';
import { Age } from './ages.tsx';
import { CommandLine } from './command-line.tsx';
import { useSynchronizers } from './queries.ts';
import { Trouble } from './trouble.tsx';
import { count, many, plain, span } from './words.ts';

/** The synchronizers: who is alive, how busy they are, and what waits for them. */
export function Synchronizers(): ReactNode {
  const { data, error } = useSynchronizers();
  return (
    <section className="screen">
      <h1>Synchronizers</h1>
      <Trouble error={error} />
      {data?.length === 0 && (
        <p className="hint">
          None is registered yet: <code>accord worker DIR</code> brings one.
        </p>
      )}
      {data?.map((synchronizer) => (
        <SynchronizerCard key={synchronizer.name} synchronizer={synchronizer} />
      ))}
    </section>
  );
}

function SynchronizerCard({ synchronizer: one }: { readonly synchronizer: ApiSynchronizer }): ReactNode {
  return (
    <section className="card" aria-label={one.name}>
      <h2 className="as-written">{one.name}</h2>
      <p className="standing">
        {one.disabled && <b>disabled</b>}
        {one.pretend && <b>pretends</b>}
        {one.paused !== null && (
          <b>
            paused by {plain(one.paused.by)}
            {one.paused.reason !== '' && `: ${plain(one.paused.reason)}`}
          </b>
        )}
        <span>{many(one.running, 'attempt')} running</span>
        <span>
          {count(one.queue.depth)} in the queue
          {one.queue.oldest_ms !== null && `, the oldest for ${span(one.queue.oldest_ms)}`}
        </span>
        <span>{many(one.models.length, 'model')}</span>
      </p>
      {one.workers.length === 0 && (
        <p className="trouble">
          No worker is alive. <CommandLine line="accord worker DIR" />
        </p>
      )}
      <ul>
        {one.workers.map((worker) => (
          <li key={worker.name}>
            worker {worker.name}, up for <Age since={worker.started} />, seen <Age since={worker.seen} /> ago
          </li>
        ))}
        {one.watchers.map((watcher) => (
          <li key={watcher.name}>
            watcher {watcher.name}: {count(watcher.undelivered)} to be delivered, {count(watcher.parked)}{' '}
            given up
          </li>
        ))}
        {one.pollers.map((poller) => (
          <li key={poller.name}>
            {poller.name} chooses every {span(poller.every_ms)}
            {poller.fault !== null && <pre className="said">{plain(poller.fault)}</pre>}
          </li>
        ))}
      </ul>
    </section>
  );
}
