import { EDGE_REACH } from '../core/boundary.ts';
import type { Doubt } from './doubts.ts';
import type { Engine } from './engine.ts';
import { type Flow, hasBlank, wordAtEnd } from './flows.ts';
import type { Found } from './found.ts';
import { type Match, settled } from './rivals.ts';
import { createSight, type Sight } from './sight.ts';
import { MOST_BEFORE } from './stretch.ts';

/** Bytes that are kept of the last word of a flow: the longest key with its edges, in any encoding. */
const OVERLAP = 16_384;
/** Bytes that are kept for what goes over blanks and the ends of lines; and those that always are, for its beginning. */
const HOLD = 12_288;
const MARGIN = 512;
/** Bytes beside what is still open that must be seen: edges, and enough to see that text is encoded. */
const CONTEXT = 128;
/** No name of a place is longer. */
const MOST_RAW = 1_024;

/** What a piece of a flow settled, and what of the flow is to be remembered. */
export interface Settled {
  readonly matches: readonly Match[];
  readonly flow: Flow;
  readonly flooded: boolean;
}

/** Reads a flow piece by piece, as much as one window of the engine holds. */
export const createReader = (engine: Engine, doubt: Doubt) => {
  const { window, see } = createSight(engine, { overlap: OVERLAP, piece: 4 * OVERLAP });
  const reach = reachOf(engine);

  /** Reads what is in the window: what was kept, and what came. */
  const settle = (flow: Flow, fresh: number, final: boolean): Settled => {
    const { base, from, fromLines, claimed, origin } = flow;
    const end = flow.kept.length + fresh;
    const sight = see({ end, cutStart: base > 0, cutEnd: !final, even: base % 2 === 0 }, { base, fresh });
    const word = base + wordAtEnd(window, end, OVERLAP);
    const { to, toLines } = final
      ? WHOLE
      : horizonsOf(flow, { ...sight, word, last: base + end, unseen: reach.unseen });
    const start = final ? end : Math.max(0, Math.min(to, toLines) - base - reach.context);
    const { words, spread } = partsOf(sight.found, window, base);
    const rawOf = (one: Found): string =>
      window.toString('utf8', one.start - base, Math.min(one.end - base, one.start - base + MOST_RAW));
    const judge = createJudge({ path: origin.locator, doubt, rawOf });
    return {
      matches: [
        ...judge(settled(words, { from, to, claimed: claimed.line }), false),
        ...judge(settled(spread, { from: fromLines, to: toLines, claimed: claimed.lines }), true),
      ],
      flow: {
        ...{ ...flow, from: to, fromLines: toLines, base: base + start },
        kept: Buffer.from(window.subarray(start, end)),
        waits:
          !final && (Math.min(to, sight.opened, sight.held) < base + end || spread.some((one) => one.start >= toLines)),
      },
      flooded: sight.flooded,
    };
  };

  return {
    /** Reads `bytes` after what was kept of their flow; gives what each window settles. `last`: the flow ends. */
    *read(flow: Flow, bytes: Buffer, last: boolean): Generator<Settled> {
      let now = flow;
      for (let at = 0; ; ) {
        const { kept } = now;
        const count = Math.min(bytes.length - at, window.length - kept.length);
        window.set(kept);
        window.set(bytes.subarray(at, at + count), kept.length);
        at += count;
        const reading = settle(now, count, last && at === bytes.length);
        now = reading.flow;
        yield reading;
        if (at === bytes.length) return;
      }
    },
  };
};

const WHOLE = { to: Number.POSITIVE_INFINITY, toLines: Number.POSITIVE_INFINITY };

interface Tail extends Pick<Sight, 'opened' | 'held'> {
  /** Where the flow's last word begins, and where the flow ends as far as it is known. */
  readonly word: number;
  readonly last: number;
  readonly unseen: number;
}

/** Up to where is settled what stands in words, and what goes over blanks. */
const horizonsOf = ({ from, fromLines }: Flow, { opened, held, word, last, unseen }: Tail) => ({
  to: Math.max(from, last - OVERLAP, Math.min(word, held)),
  toLines: Math.max(fromLines, last - HOLD, Math.min(word, opened, last - unseen)),
});

interface Judging {
  readonly path: string;
  readonly doubt: Doubt;
  rawOf(one: Found): string;
}

/** Says why a match is no candidate: what its pack has against it, or what speaks against any. */
const createJudge =
  ({ path, doubt, rawOf }: Judging) =>
  (found: readonly Found[], spread: boolean): readonly Match[] =>
    found
      .filter(({ rule }) => rule.applies?.(path) !== false)
      .map((one) => {
        const { detector, ...rule } = one.rule;
        return {
          ...one,
          spread,
          raw: rawOf(one),
          suppressed: rule.doubt?.({ ...one, path }) ?? doubt({ ...one, detector }),
        };
      });

/** What goes over a blank is settled later: the next fragment may go on with it. */
const partsOf = (found: readonly Found[], window: Buffer, base: number) => {
  const isSpread = ({ rule, start, end }: Found): boolean =>
    rule.lines || hasBlank(window.subarray(start - base, end - base));
  const spread = new Set(found.filter(isSpread));
  return { words: found.filter((one) => !spread.has(one)), spread: [...spread] };
};

const reachOf = ({ rules, anchors }: Engine) => {
  const leads = rules.map(({ lead }) => Math.min(lead, MOST_BEFORE));
  const overLines = anchors.filter(({ rule }) => rules[rule]?.lines);
  return {
    /** Bytes to be seen before what is settled: names before a key belong to it. */
    context: CONTEXT + EDGE_REACH + Math.max(0, ...leads),
    /** An anchor that the end cuts is not seen, and the match that it stands in may have begun on an earlier line. */
    unseen: Math.max(MARGIN, ...overLines.map(({ before, sets }) => Math.min(before.most, HOLD) + sets.length)),
  };
};
