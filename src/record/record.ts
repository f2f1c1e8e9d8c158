import type { Clock } from '../core/clock.ts';
import type { Fact, RecordFact } from '../core/facts.ts';
import type { CounterName, GaugeName, HistogramName } from './catalogue.ts';
import type { Entry, Journaled } from './journal-line.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Level } from './row.ts';
import { table } from './table.ts';

export interface RecordNeeds {
  readonly log: Log;
  readonly metrics: Metrics;
  /** Absent in roles that delete nothing: what is journaled is then only logged and counted. */
  readonly journal?: { append(entry: Entry): Promise<void> };
  readonly clock: Clock;
}

/** A row as it is walked: its types have proved that every path is a field and every label is in its set. */
interface Walked {
  readonly level: Level | ((fact: Fact) => Level);
  readonly message: string;
  readonly counts?: Readonly<Record<string, Cells>>;
  readonly times?: Readonly<Record<string, Cells>>;
  readonly sets?: Readonly<Record<string, { readonly to: To } & Record<string, string>>>;
  readonly journal?: (fact: Fact) => Omit<Entry, 'what'> | undefined;
}
type Cells = Readonly<Record<string, string | number | { readonly is: string }>>;
type To = 0 | 1 | 'now' | { readonly field: string };

const read = (fact: Fact, path: string): unknown =>
  path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], fact);

/** The labels of a fact, or undefined when an optional one is absent. */
const labelsOf = (fact: Fact, cells: Cells): Record<string, string> | undefined => {
  const labels: Record<string, string> = {};
  for (const [label, from] of Object.entries(cells)) {
    const value = typeof from === 'object' ? from.is : read(fact, String(from));
    if (value === undefined) return undefined;
    labels[label] = String(value);
  }
  return labels;
};

const measure = ({ metrics, clock }: RecordNeeds, row: Walked, fact: Fact): void => {
  for (const [name, { by, ...cells }] of Object.entries(row.counts ?? {})) {
    const labels = labelsOf(fact, cells);
    if (labels)
      metrics.count(name as CounterName, by === undefined ? 1 : Number(read(fact, String(by))), labels as never);
  }
  for (const [name, { value, ...cells }] of Object.entries(row.times ?? {})) {
    const labels = labelsOf(fact, cells);
    const seconds = read(fact, String(value));
    if (labels && seconds !== undefined) metrics.observe(name as HistogramName, Number(seconds), labels as never);
  }
  for (const [name, { to, ...cells }] of Object.entries(row.sets ?? {})) {
    const labels = labelsOf(fact, cells);
    const value = typeof to === 'object' ? Number(read(fact, to.field)) : to === 'now' ? clock.now() / 1000 : to;
    if (labels) metrics.set(name as GaugeName, value, labels as never);
  }
};

/** The one way to say a fact: a log line, numbers, and a journal record where the table says so. */
export const createRecord =
  (needs: RecordNeeds): RecordFact =>
  async (fact) => {
    const { log, journal } = needs;
    const row = table[fact.type] as unknown as Walked;
    const { type, ...fields } = fact;
    log.write(typeof row.level === 'function' ? row.level(fact) : row.level, row.message, { fact: type, ...fields });
    measure(needs, row, fact);
    const entry = journal && row.journal?.(fact);
    if (entry) await journal.append({ ...entry, what: type as Journaled });
  };
