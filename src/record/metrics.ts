import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import {
  type CounterLabels,
  type CounterName,
  counters,
  type GaugeLabels,
  type GaugeName,
  gauges,
  type HistogramLabels,
  type HistogramName,
  histograms,
  type OpenSet,
  type Series,
} from './catalogue.ts';

/** The label sets that are known only at start. */
export type KnownAtStart = Readonly<Record<OpenSet, readonly string[]>>;

type NoLabels = { readonly [L in never]: string };
type Given<L> = NoLabels extends L ? readonly [labels?: L] : readonly [labels: L];

/** What the app sets from what it already knows; nothing is asked or computed during a scrape. */
export interface Gauges {
  set<N extends GaugeName>(name: N, value: number, ...labels: Given<GaugeLabels<N>>): void;
}

/** The numbers. No call throws: one that is wrong counts in `keyfuse_metrics_errors_total`. */
export interface Metrics extends Gauges {
  count<N extends CounterName>(name: N, by: number, ...labels: Given<CounterLabels<N>>): void;
  /** Seconds; a negative duration is counted as clock skew and taken as 0. */
  observe<N extends HistogramName>(name: N, seconds: number, ...labels: Given<HistogramLabels<N>>): void;
  /** The exposition: OpenMetrics when `accept` asks for it, the text format otherwise. */
  scrape(accept?: string): Promise<{ readonly type: string; readonly body: string }>;
}

type Labels = Readonly<Record<string, string>>;

/** Gauges that prom-client names like counters; `promtool check metrics` refuses them. */
const misnamed = ['active_handles', 'active_requests', 'active_resources'].map((it) => `keyfuse_nodejs_${it}_total`);

const closedSets = (series: Series, known: KnownAtStart): Map<string, readonly string[]> =>
  new Map(Object.entries(series.labels).map(([label, set]) => [label, typeof set === 'string' ? known[set] : set]));

/** Every combination of label values, so that a first event is a step from 0 and "never" is not "no data". */
const combinations = (sets: Map<string, readonly string[]>): Labels[] => {
  let all: Labels[] = [{}];
  for (const [label, values] of sets) {
    all = all.flatMap((labels) => values.map((value) => ({ ...labels, [label]: value })));
  }
  return all;
};

/** OpenMetrics of the text format: a counter's family is named without `_total`. */
const openMetrics = (text: string): string =>
  `${text.replace(/^# (HELP|TYPE) (\S+)_total /gm, '# $1 $2 ').replace(/\n{2,}/g, '\n')}# EOF\n`;

const make = (registry: Registry, known: KnownAtStart) => {
  const sets = new Map<string, Map<string, readonly string[]>>();
  const shape = (name: string, series: Series) => {
    const closed = closedSets(series, known);
    sets.set(name, closed);
    return { name, help: series.help, labelNames: [...closed.keys()], registers: [registry] };
  };
  const each = <M>(named: Readonly<Record<string, Series>>, create: (name: string, series: Series) => M) =>
    new Map(Object.entries(named).map(([name, series]) => [name, create(name, series)]));
  const made = {
    sets,
    counters: each(counters, (name, series) => new Counter(shape(name, series))),
    gauges: each(gauges, (name, series) => new Gauge(shape(name, series))),
    histograms: new Map(
      Object.entries(histograms).map(([name, series]) => [
        name,
        new Histogram({ ...shape(name, series), buckets: [...series.buckets] }),
      ]),
    ),
  };
  for (const [name, metric] of made.counters)
    for (const l of combinations(sets.get(name) ?? new Map())) metric.inc(l, 0);
  for (const [name, metric] of made.gauges) for (const l of combinations(sets.get(name) ?? new Map())) metric.set(l, 0);
  for (const [name, metric] of made.histograms)
    for (const l of combinations(sets.get(name) ?? new Map())) metric.zero(l);
  return made;
};

/** The registry with every label set at 0, and Node's own process and event-loop numbers under `keyfuse_`. */
export const createMetrics = (known: KnownAtStart): Metrics => {
  const registry = new Registry();
  const made = make(registry, known);
  collectDefaultMetrics({ register: registry, prefix: 'keyfuse_' });
  for (const name of misnamed) registry.removeSingleMetric(name);

  const wrong = () => made.counters.get('keyfuse_metrics_errors_total')?.inc();
  /** The labels with anything that is outside its closed set turned into `other`. */
  const checked = (name: string, labels: Labels): Labels => {
    const sets = made.sets.get(name) ?? new Map<string, readonly string[]>();
    const entries = Object.entries(labels).map(([label, value]): [string, string] => {
      const set = sets.get(label);
      if (set?.includes(value)) return [label, value];
      // Bounded all the same, and the event is not lost.
      wrong();
      return [label, 'other'];
    });
    if (entries.length !== sets.size) throw new RangeError(`${name}: labels are missing`);
    return Object.fromEntries(entries);
  };
  const safely = (change: () => void) => {
    try {
      change();
    } catch {
      wrong();
    }
  };
  const found = <M>(metric: M | undefined): M => {
    if (metric === undefined) throw new RangeError('no such metric');
    return metric;
  };

  return {
    count: (name, by, ...[labels]) => safely(() => found(made.counters.get(name)).inc(checked(name, labels ?? {}), by)),
    set: (name, value, ...[labels]) =>
      safely(() => found(made.gauges.get(name)).set(checked(name, labels ?? {}), value)),
    observe: (name, seconds, ...[labels]) =>
      safely(() => {
        if (!Number.isFinite(seconds)) throw new RangeError(`${name}: not a duration`);
        if (seconds < 0) made.counters.get('keyfuse_clock_skew_observations_total')?.inc();
        found(made.histograms.get(name)).observe(checked(name, labels ?? {}), Math.max(0, seconds));
      }),
    async scrape(accept = '') {
      const text = await registry.metrics();
      return accept.includes('application/openmetrics-text')
        ? { type: Registry.OPENMETRICS_CONTENT_TYPE, body: openMetrics(text) }
        : { type: Registry.PROMETHEUS_CONTENT_TYPE, body: text };
    },
  };
};
