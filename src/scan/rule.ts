import type { Detector } from '../core/detector.ts';
import type { Anchor } from './pattern/anchor.ts';

/** A detector, compiled: where to look for it, and how to try it there. */
export interface Rule {
  readonly detector: Detector;
  readonly anchors: readonly Anchor[];
  /** Most bytes of a match before its secret. */
  readonly lead: number;
  /** Can a match go over the end of a line? */
  readonly lines: boolean;
  /** Tried at one place; tried from a place on; the same, and tells where the secret stands. */
  readonly sticky: RegExp;
  readonly search: RegExp;
  readonly exact: RegExp;
}
