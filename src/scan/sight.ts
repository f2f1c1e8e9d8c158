import { confirmBroken } from './broken.ts';
import { createBudget } from './budget.ts';
import { confirm } from './confirm.ts';
import { createHeal } from './decoders/heal.ts';
import type { Engine } from './engine.ts';
import type { Found } from './found.ts';
import { createLook } from './look.ts';
import { createRuns } from './runs.ts';
import type { Span } from './sheet.ts';
import { createStretches } from './stretch.ts';
import type { Sizes, Text } from './text.ts';

/** All that a window of the engine shows. */
export interface Sight {
  readonly found: readonly Found[];
  /** Where in the flow the earliest begins that goes over the end of a line and may go on; Infinity if nothing does. */
  readonly opened: number;
  /** The same of what is not known yet to go over one. */
  readonly held: number;
  /** There was too much to try: some of it was left. */
  readonly flooded: boolean;
}

interface Taken {
  readonly span: Span;
  readonly at: number;
  readonly end: number;
}

interface Where {
  /** Offset in the flow of the window's first byte. */
  readonly base: number;
  /** Bytes in it that were not seen before. */
  readonly fresh: number;
}

/** Sees what stands in the engine's window, in clear, encoded or broken up. */
export const createSight = ({ rules, anchors, kernel }: Engine, sizes: Sizes) => {
  const budget = createBudget(rules.length);
  const runs = createRuns(rules);
  const stretchOf = createStretches(rules);
  let found: Found[] = [];
  let opened = Number.POSITIVE_INFINITY;
  const open = (place: number): void => {
    opened = Math.min(opened, place);
  };
  let held = Number.POSITIVE_INFINITY;
  const hold = (place: number): void => {
    held = Math.min(held, place);
    open(place);
  };
  const give = (one: Found): void => {
    found.push(one);
  };
  /** The last match of each rule, with the anchor that told of it. */
  const taken = new Array<Taken | undefined>(rules.length).fill(undefined);
  const listener = { heal: createHeal(sizes), budget, give, open };
  const look = createLook({
    ...{ kernel, anchors: anchors.length, sizes, budget, open, hold },
    confirm(span, at, index) {
      const anchor = anchors[index];
      const rule = anchor && rules[anchor.rule];
      if (!rule || at + anchor.sets.length > span.text.end) return;
      const last = taken[anchor.rule];
      if (last?.span === span && at >= last.at && at < last.end) return; // nothing of a rule overlaps itself
      if (!budget.mayTry(anchor.rule)) return;
      const stretch = runs.near(anchor, at, span) ? stretchOf(anchor, at, span.text) : undefined;
      if (!stretch) budget.untried(anchor.rule);
      const end = stretch ? confirm({ rule, anchor, at, stretch }, span, listener) : 0;
      if (end > 0) taken[anchor.rule] = { span, at, end };
      if (!rule.lines) confirmBroken({ rule, anchor, at, whole: end > 0 }, span, listener);
    },
  });
  return {
    window: look.window,
    see(text: Pick<Text, 'end' | 'cutStart' | 'cutEnd' | 'even'>, { base, fresh }: Where): Sight {
      found = [];
      taken.fill(undefined);
      runs.begin();
      opened = Number.POSITIVE_INFINITY;
      held = Number.POSITIVE_INFINITY;
      budget.begin(fresh);
      look.run(text, base);
      return { found, opened, held, flooded: budget.spent };
    },
  };
};
