import { EDGE_REACH } from '../core/boundary.ts';
import type { Doubt } from './doubts.ts';
import type { Engine } from './engine.ts';
import { type Flow, wordAtEnd } from './flows.ts';
import type { Found } from './found.ts';
import { type Match, settled } from './rivals.ts';
import { createSight } from './sight.ts';

/** Bytes that are kept of the last word of a flow: the longest key with its edges, in any encoding. */
const OVERLAP = 16_384;
/** Bytes that are kept for what goes over the ends of lines. */
const HOLD = 12_288;
/** Bytes beside what is still open that must be seen: edges, and enough to see that text is encoded. */
const CONTEXT = 128;

/** What a piece of a flow settled, and what of the flow is to be remembered. */
export interface Settled {
  readonly matches: readonly Match[];
  readonly flow: Flow;
  readonly flooded: boolean;
}

/** Reads a flow piece by piece, as much as one window of the engine holds. */
export const createReader = (engine: Engine, doubt: Doubt) => {
  const { window, see } = createSight(engine, { overlap: OVERLAP, piece: 4 * OVERLAP });
  const { context, unseen } = reachOf(engine);

  const judged = (one: Found, path: string): Match => {
    const { rule } = one;
    return { ...one, suppressed: rule.doubt?.({ ...one, path }) ?? doubt({ ...one, detector: rule.detector }) };
  };

  /** Reads what is in the window: what was kept, and what came. */
  const settle = (flow: Flow, fresh: number, final: boolean): Settled => {
    const { base, from, fromLines, claimed } = flow;
    const path = flow.origin.locator;
    const end = flow.kept.length + fresh;
    const { found, opened, held, flooded } = see(
      { end, cutStart: base > 0, cutEnd: !final, even: base % 2 === 0 },
      { base, fresh },
    );
    const last = base + end;
    const word = base + wordAtEnd(window, end, OVERLAP);
    const open = Math.max(last - HOLD, Math.min(word, opened, last - unseen));
    const to = final ? last + 1 : Math.max(from, Math.max(last - OVERLAP, Math.min(word, held)));
    const toLines = final ? last + 1 : Math.max(fromLines, open);
    const start = Math.max(0, Math.min(to, toLines) - base - context);
    const mine = [
      ...settled(within(found, false), { from, to, claimed: claimed.line }),
      ...settled(within(found, true), { from: fromLines, to: toLines, claimed: claimed.lines }),
    ];
    return {
      matches: mine.filter(({ rule }) => rule.applies?.(path) !== false).map((one) => judged(one, path)),
      flow: {
        ...{ ...flow, from: to, fromLines: toLines, base: base + start },
        kept: Buffer.from(window.subarray(start, end)),
      },
      flooded,
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

const within = (found: readonly Found[], lines: boolean): readonly Found[] =>
  found.filter((one) => one.lines === lines);

const reachOf = ({ rules, anchors }: Engine) => {
  const leads = rules.map(({ lead }) => lead);
  const overLines = anchors.filter(({ rule }) => rules[rule]?.lines);
  return {
    /** Bytes to be seen before what is settled: names before a key belong to it. */
    context: CONTEXT + EDGE_REACH + Math.max(0, ...leads),
    /** An anchor that the end cuts is not seen, and the match that it stands in may have begun on an earlier line. */
    unseen: Math.max(0, ...overLines.map(({ before, sets }) => Math.min(before.most, HOLD) + sets.length)),
  };
};
