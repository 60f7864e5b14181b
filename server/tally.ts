import type { Happened } from '../store/metrics.ts';
import type { Labels, Metric, Sample } from './prometheus.ts';

/** Of the time that attempts take, in seconds. */
export const BOUNDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800] as const;

/** What is counted since this server was first asked: it only grows. */
export interface Tally {
  add(happened: Happened): void;
  metrics(): Metric[];
}

export function createTally(): Tally {
  const attempts = createCounter();
  const durations = new Map<string, Duration>();
  const finds = createCounter();
  // An alert on growth sees nothing grow that was not there before.
  finds.add({}, 0);
  return {
    add(happened) {
      for (const { model, kind, outcome, bucket, count, seconds } of happened.attempts) {
        attempts.add({ model, kind, outcome }, count);
        const key = JSON.stringify([model, kind]);
        const labels = { model, kind };
        const known = durations.get(key) ?? {
          labels,
          sum: 0,
          buckets: Array<number>(BOUNDS.length + 1).fill(0),
        };
        known.sum += seconds;
        known.buckets[bucket] = (known.buckets[bucket] ?? 0) + count;
        durations.set(key, known);
      }
      for (const { kind, model, count } of happened.events) {
        if (kind === 'found by the sweep') finds.add({}, count);
        else attempts.add({ model: model ?? '', kind: 'delete', outcome: 'synced' }, count);
      }
    },
    metrics: () => [
      {
        name: 'accord_attempts_total',
        type: 'counter',
        help: 'Attempts that have ended since this server was first asked.',
        samples: attempts.samples(),
      },
      {
        name: 'accord_attempt_duration_seconds',
        type: 'histogram',
        help: 'How long attempts took: the step, and what belongs to it.',
        samples: [...durations.values()].flatMap(samplesOf),
      },
      {
        name: 'accord_sweep_finds_total',
        type: 'counter',
        help: 'Work that the sweep found and nobody did. With every process healthy it stays 0.',
        samples: finds.samples(),
      },
    ],
  };
}

interface Duration {
  readonly labels: Labels;
  sum: number;
  readonly buckets: number[];
}

function samplesOf({ labels, sum, buckets }: Duration): Sample[] {
  let below = 0;
  const counted = buckets.map((count, at): Sample => {
    below += count;
    return { labels: { ...labels, le: String(BOUNDS[at] ?? '+Inf') }, value: below, suffix: '_bucket' };
  });
  return [...counted, { labels, value: sum, suffix: '_sum' }, { labels, value: below, suffix: '_count' }];
}

function createCounter(): { add(labels: Labels, count: number): void; samples(): Sample[] } {
  const counts = new Map<string, { readonly labels: Labels; readonly value: number }>();
  return {
    add(labels, count) {
      const key = JSON.stringify(labels);
      counts.set(key, { labels, value: (counts.get(key)?.value ?? 0) + count });
    },
    samples: () => [...counts.values()],
  };
}
