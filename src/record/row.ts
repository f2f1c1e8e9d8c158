import type { FactOf, FactType } from '../core/facts.ts';
import type {
  CounterLabels,
  CounterName,
  GaugeLabels,
  GaugeName,
  HistogramLabels,
  HistogramName,
} from './catalogue.ts';
import type { Entry, Journaled } from './journal-line.ts';

/** `error`: a person must act. `warn`: a key was live, or we degraded. `info`: verdicts, life cycle. `debug`: the rest. */
export type Level = 'error' | 'warn' | 'info' | 'debug';

type Field<F> = Extract<keyof F, string>;

/** Names of fields of F, one level of nesting with a dot, whose value is a V; an optional one counts only when present. */
type Path<F, V> = {
  [K in Field<F>]: NonNullable<F[K]> extends V
    ? K
    : NonNullable<F[K]> extends readonly unknown[] | string | number | boolean
      ? never
      : { [L in Field<NonNullable<F[K]>>]: NonNullable<NonNullable<F[K]>[L]> extends V ? `${K}.${L}` : never }[Field<
          NonNullable<F[K]>
        >];
}[Field<F>];

/**
 * Where a label's value comes from: a field whose type lies within the label's closed set, or a constant of the set. A
 * label whose set is known at start only takes the field of its own name, so that no other text becomes a label.
 */
type From<F, V, L> = string extends V ? Extract<Field<F>, L> : Path<F, V> | { readonly is: V };
type Labels<F, S> = { readonly [L in keyof S]: From<F, S[L], L> };

/** How one fact is said. */
export interface Row<T extends FactType> {
  readonly level: Level | ((fact: FactOf<T>) => Level);
  /** Static; what changes stands in the fields. */
  readonly message: string;
  /** Counters and their labels; `by`: a field to add instead of 1. */
  readonly counts?: {
    readonly [N in CounterName]?: Labels<FactOf<T>, CounterLabels<N>> & {
      readonly by?: Path<FactOf<T>, number>;
    };
  };
  /** Histograms, the field they observe (seconds), and their labels. */
  readonly times?: {
    readonly [N in HistogramName]?: Labels<FactOf<T>, HistogramLabels<N>> & {
      readonly value: Path<FactOf<T>, number>;
    };
  };
  /** Gauges, what they are set to (`field`: what stands there), and their labels. */
  readonly sets?: {
    readonly [N in GaugeName]?: Labels<FactOf<T>, GaugeLabels<N>> & {
      readonly to: 0 | 1 | 'now' | { readonly field: Path<FactOf<T>, number> };
    };
  };
  /** The public fields of the journal record; absent, or nothing given back: not journaled. */
  readonly journal?: T extends Journaled ? (fact: FactOf<T>) => Omit<Entry, 'what'> | undefined : never;
}

/** Some rows of the table. */
export type Rows = { readonly [T in FactType]?: Row<T> };
