import { counters } from './counters.ts';
import { gauges } from './gauges.ts';
import { histograms } from './histograms.ts';
import type { OpenSet, Series } from './series.ts';

export { type LedgerState, ledgerStates } from './gauges.ts';
export type { OpenSet, Series };
export { counters, gauges, histograms };

export type CounterName = keyof typeof counters;
export type HistogramName = keyof typeof histograms;
export type GaugeName = keyof typeof gauges;

type ValueOf<S> = S extends readonly (infer V extends string)[] ? V : string;
/** Labels with their values; those of a set given at start are text. */
type LabelsOf<S extends Series> = { readonly [L in keyof S['labels']]: ValueOf<S['labels'][L]> };
export type CounterLabels<N extends CounterName> = LabelsOf<(typeof counters)[N]>;
export type HistogramLabels<N extends HistogramName> = LabelsOf<(typeof histograms)[N]>;
export type GaugeLabels<N extends GaugeName> = LabelsOf<(typeof gauges)[N]>;
