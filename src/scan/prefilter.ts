import type { Detector } from '../core/detector.ts';

/** A part of a text, near a keyword, in which a detector's pattern is tried. */
export interface Near {
  readonly detector: Detector;
  readonly from: number;
  readonly to: number;
}

/** Where which detector may match. It may name too much, never too little. */
export type Prefilter = (bytes: Buffer) => Iterable<Near>;

/** Looks for the detectors' keywords; overlapping parts become one, so that no byte is tried twice by one detector. */
export const createPrefilter = (detectors: readonly Detector[]): Prefilter =>
  function* (bytes) {
    for (const detector of detectors) yield* near(detector, bytes);
  };

const near = function* (detector: Detector, bytes: Buffer): Generator<Near> {
  let open: { from: number; to: number } | undefined;
  for (const { at, length } of hitsOf(detector.keywords, bytes)) {
    const from = Math.max(0, at - detector.reach);
    const to = Math.min(bytes.length, at + length + detector.reach);
    if (open && from <= open.to) {
      open.to = Math.max(open.to, to);
      continue;
    }
    if (open) yield { detector, ...open };
    open = { from, to };
  }
  if (open) yield { detector, ...open };
};

/** Every place of every keyword, in order. */
const hitsOf = function* (
  keywords: readonly string[],
  bytes: Buffer,
): Generator<{ readonly at: number; readonly length: number }> {
  const next = keywords.map((word) => ({ word, at: bytes.indexOf(word, 0, 'latin1') })).filter(({ at }) => at >= 0);
  while (next.length > 0) {
    const first = next.reduce((least, one) => (one.at < least.at ? one : least));
    yield { at: first.at, length: first.word.length };
    first.at = bytes.indexOf(first.word, first.at + 1, 'latin1');
    if (first.at < 0) next.splice(next.indexOf(first), 1);
  }
};
