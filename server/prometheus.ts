// Not prom-client, though it would be the usual choice: what is told here is read from the database for each scrape, as
// sums and counts of buckets. Its histograms take single observations, and its counters keep a state of their own that
// would have to be emptied and refilled; what is left of it are the lines below, which promtool has checked.

export type Labels = Readonly<Record<string, string>>;

/** One number of a metric. Histograms have several with a suffix to their name. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  readonly suffix?: '_bucket' | '_sum' | '_count';
}

export interface Metric {
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly help: string;
  readonly samples: readonly Sample[];
}

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Write metrics as Prometheus reads them: its text format. */
export function renderMetrics(metrics: readonly Metric[]): string {
  return metrics
    .flatMap(({ name, type, help, samples }) => [
      `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
      `# TYPE ${name} ${type}`,
      ...samples.map(({ labels, value, suffix = '' }) => `${name}${suffix}${spellLabels(labels)} ${value}`),
    ])
    .map((line) => `${line}\n`)
    .join('');
}

function spellLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
