import type { Detector } from '../core/detector.ts';
import type { Suppression } from '../core/facts.ts';
export interface Doubtful {
  readonly detector: Detector;
  readonly secret: string;
  readonly line: string;
  readonly at: number;
  readonly via: readonly string[];
}
export type Doubt = (match: Doubtful) => Suppression | undefined;
export const createDoubts =
  (_: { readonly inlineIgnore: 'none' }): Doubt =>
  ({ detector: { foreign = [], placeholder, accept }, secret }) => {
    if (placeholder?.test(secret)) return 'placeholder';
    if (foreign.some((shape) => shape.test(secret))) return 'foreign';
    return accept && !accept(secret) ? 'not-proved' : undefined;
  };
