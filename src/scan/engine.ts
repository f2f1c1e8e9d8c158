import type { Detector } from '../core/detector.ts';
import { compile, ruleOf } from './compile.ts';
import { createFinder } from './compiled/codec.ts';
import { shipped } from './compiled/shipped.ts';
import { createKernel } from './kernel/create-kernel.ts';
import type { Kernel } from './kernel/kernel.ts';
import type { Anchor } from './pattern/anchor.ts';
import { createStatistics } from './pattern/statistics.ts';
import type { Rule } from './rule.ts';

/** Detectors, compiled: all scanners that look for the same ones share it. */
export interface Engine {
  readonly rules: readonly Rule[];
  /** Their index is what the kernel tells of a hit. */
  readonly anchors: readonly Anchor[];
  readonly kernel: Kernel;
}

export interface EngineOptions {
  /** Decodings within decodings that are looked into. */
  readonly depth?: number;
  /** Default: the best that the machine has; `none` is the plain twin. */
  readonly simd?: 'relaxed' | 'plain' | 'none';
}

/** Bytes of each window: they stay in the processor's second cache. */
const WINDOW = 256 * 1024;

/** Exact shapes first: where two detectors claim one place, the first has it. */
export const createEngine = (detectors: readonly Detector[], { depth = 4, simd }: EngineOptions = {}): Engine => {
  const find = createFinder(shipped);
  const statistics = createStatistics();
  const rules = detectors.map((detector, number) => {
    const { pattern } = detector;
    return ruleOf(detector, find(pattern) ?? compile(pattern, statistics), number);
  });
  const anchors = rules.flatMap((rule) => rule.anchors);
  const kernel = createKernel({
    // Their checks would pass over a key that is broken up.
    ...{
      anchors: anchors.map((anchor) => ({ ...anchor, checks: [] })),
      windows: depth + 1,
      windowBytes: WINDOW,
      triggers: depth > 0,
    },
    ...(simd !== undefined && { simd }),
  });
  return { rules, anchors, kernel };
};
