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
export const createPrefilter =
  (detectors: readonly Detector[]): Prefilter =>
  (bytes) => {
    const small = Buffer.from(bytes.toString('latin1').toLowerCase(), 'latin1');
    return detectors.flatMap((detector) => partsNear(detector, small));
  };

/** Longest match of a detector. */
export const REACH = 512;

const NOWHERE: readonly Near[] = [];

const partsNear = (detector: Detector, bytes: Buffer): readonly Near[] => {
  const next = detector.keywords
    .map((word) => word.toLowerCase())
    .map((word) => ({ word, at: bytes.indexOf(word, 0, 'latin1') }));
  if (next.every(({ at }) => at < 0)) return NOWHERE;
  const parts: { detector: Detector; from: number; to: number }[] = [];
  for (const { at, length } of inOrder(next, bytes)) {
    const from = Math.max(0, at - REACH);
    const to = Math.min(bytes.length, at + length + REACH);
    const last = parts.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else parts.push({ detector, from, to });
  }
  return parts;
};

/** Every place of every keyword, in order. */
const inOrder = function* (
  words: readonly { readonly word: string; at: number }[],
  bytes: Buffer,
): Generator<{ readonly at: number; readonly length: number }> {
  for (;;) {
    const [first] = words.filter(({ at }) => at >= 0).sort((a, b) => a.at - b.at);
    if (!first) return;
    yield { at: first.at, length: first.word.length };
    first.at = bytes.indexOf(first.word, first.at + 1, 'latin1');
  }
};
