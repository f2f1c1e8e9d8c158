import type { Detector } from '../core/detector.ts';
import type { Anchor } from './pattern/anchor.ts';
import type { Span } from './sheet.ts';

/** So many characters of one class on end: a secret holds them, wherever its name stands. */
interface Run {
  /** 256 entries: 1 for the characters of the class. */
  readonly class: Uint8Array;
  readonly count: number;
}

/** Less is found everywhere. */
const LEAST = 20;

/** The run with which the secret of a pattern begins; undefined where it begins otherwise, or has alternatives. */
export const runOf = ({ pattern: { source, flags } }: Pick<Detector, 'pattern'>): Run | undefined => {
  const [before, secret, ...others] = source.split('(?<secret>');
  const [, set, count] = /^(\[[^\]\\]+\])\{(\d+)(?:,\d*)?\}(?:[^|()]|\(\?[!=][^|()]+\))*\)/.exec(secret ?? '') ?? [];
  if (before === '' || set === undefined || Number(count) < LEAST || others.length > 0) return undefined;
  const belongs = new RegExp(set, flags);
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => (belongs.test(String.fromCharCode(byte)) ? 1 : 0));
  return { class: bytes, count: Number(count) };
};

/** Where no run is known to stand: wholly within `from`–`to` of a text. */
interface Barren {
  readonly span: Span;
  readonly from: number;
  readonly to: number;
}

/**
 * Tells where a rule that is known by a name beside its secret need not be tried: no run as the secret needs stands near.
 * A name can stand in every line (`aws` in what describes a cloud); each byte is looked at about once, however often.
 */
export const createRuns = (detectors: readonly Pick<Detector, 'pattern'>[]) => {
  const runs: (Run | undefined)[] = [];
  const barren: (Barren | undefined)[] = [];
  return {
    /** Other bytes stand in the window now. */
    begin(): void {
      barren.length = 0;
    },
    /** May the secret stand near the anchor? */
    near({ rule, before, after, sets }: Anchor, at: number, span: Span): boolean {
      if (!(rule in runs)) runs[rule] = detectors[rule] && runOf(detectors[rule]);
      const run = runs[rule];
      const { start, end, bytes } = span.text;
      const last = at + sets.length + after.most;
      if (run === undefined || last >= end) return true;
      const first = Math.max(start, at - before.most);
      const known = barren[rule];
      const goesOn = known?.span === span && first >= known.from && first <= known.to;
      if (goesOn && last <= known.to) return false;
      let count = 0;
      for (let place = goesOn ? Math.max(first, known.to - run.count + 1) : first; place < last; place += 1) {
        count = run.class[bytes[place] ?? 0] === 1 ? count + 1 : 0;
        if (count < run.count) continue;
        barren[rule] = { span, from: goesOn ? known.from : first, to: place };
        return true;
      }
      barren[rule] = { span, from: goesOn ? known.from : first, to: last };
      return false;
    },
  };
};
