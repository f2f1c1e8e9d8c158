/** What the daemon learns only at start. Closed from then on; anything else becomes `other`. */
export type OpenSet = 'detector' | 'issuer' | 'environment' | 'version';

/** A metric: help, and per label its closed set of values, or the name of the set that is given at start. */
export interface Series {
  readonly help: string;
  readonly labels: Readonly<Record<string, readonly string[] | OpenSet>>;
}
