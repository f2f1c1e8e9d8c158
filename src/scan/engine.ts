import { compile } from './compile.ts';
import { type Compiled, createFinder } from './compiled/codec.ts';
import { shipped } from './compiled/shipped.ts';
import { createKernel } from './kernel/create-kernel.ts';
import type { Kernel } from './kernel/kernel.ts';
import type { Anchor } from './pattern/anchor.ts';
import { createStatistics } from './pattern/statistics.ts';
import type { Rule } from './rule.ts';
import { wakerAnchors } from './wakers.ts';

/** A rule with what its pattern was compiled to. */
export type CompiledRule = Rule & Pick<Compiled, 'lead' | 'lines'>;

/** Rules, compiled: all scanners that look for the same ones share it. */
export interface Engine {
  readonly rules: readonly CompiledRule[];
  /** Their index is what the kernel tells of a hit; the wakers' are behind. */
  readonly anchors: readonly Anchor[];
  readonly kernel: Kernel;
}

export interface EngineOptions {
  /** Decodings within decodings that are looked into. */
  readonly depth?: number;
  /** Default: the best that the machine has; `none` is the plain twin. */
  readonly simd?: 'relaxed' | 'plain' | 'none';
  /** Milliseconds to spend on seats in the kernel, for many rules that are not shipped. */
  readonly annealMs?: number;
}

/** Bytes of each window: a source's piece, and what is kept of the one before; they stay in the processor's second cache. */
const WINDOW = (256 + 16) * 1024;

/**
 * Exact shapes first: where two rules claim one place, the first has it. Throws an `UnusablePattern` for a rule without
 * a text that must stand in every match.
 */
export const createEngine = (sought: readonly Rule[], { depth = 4, ...options }: EngineOptions = {}): Engine => {
  const find = createFinder(shipped);
  const statistics = createStatistics();
  const rules = sought.map((rule) => {
    const known = rule.near ? undefined : find(rule.detector.pattern);
    return { ...rule, ...(known ?? compile(rule, statistics)) };
  });
  const anchors = rules.flatMap((rule, number) => rule.anchors.map((anchor) => ({ ...anchor, rule: number })));
  const kernel = createKernel({
    // The checks of detectors would pass over a key that is broken up.
    anchors: [
      ...anchors.map((anchor) => (rules[anchor.rule]?.doubt ? anchor : { ...anchor, checks: [] })),
      ...(depth > 0 ? wakerAnchors : []),
    ],
    ...{ windows: depth + 1, windowBytes: WINDOW, triggers: depth > 0, ...options },
  });
  return { rules, anchors, kernel };
};
