import { confirmBroken } from './broken.ts';
import { createBudget } from './budget.ts';
import { confirm } from './confirm.ts';
import { createHeal } from './decoders/heal.ts';
import type { Doubt } from './doubts.ts';
import type { Engine } from './engine.ts';
import type { Found } from './found.ts';
import { createLook } from './look.ts';
import type { Match } from './rivals.ts';
import type { Sizes, Text } from './text.ts';

/** All that a window of the engine shows. */
export interface Sight {
  readonly matches: readonly Match[];
  /** Where in the flow the earliest begins that goes over the end of a line and may go on; Infinity if nothing does. */
  readonly opened: number;
  /** There was too much to try: some of it was left. */
  readonly flooded: boolean;
}

/** Sees what stands in the engine's window, in clear, encoded or broken up. */
export const createSight = ({ rules, anchors, kernel }: Engine, doubt: Doubt, sizes: Sizes) => {
  const budget = createBudget();
  let matches: Match[] = [];
  let opened = Number.POSITIVE_INFINITY;
  const open = (place: number): void => {
    opened = Math.min(opened, place);
  };
  const give = (found: Found): void => {
    const { rule, via } = found;
    const by = [rule.detector.id, ...via].join(' ');
    matches.push({ ...found, by, suppressed: doubt({ ...found, detector: rule.detector }) });
  };
  const listener = { heal: createHeal(sizes), budget, give, open };
  const look = createLook({
    ...{ kernel, sizes, budget, open },
    confirm(span, at, index) {
      const anchor = anchors[index];
      const rule = anchor && rules[anchor.rule];
      if (!rule || at + anchor.sets.length > span.text.end) return;
      confirm({ rule, anchor, at }, span, listener);
      if (!rule.lines) confirmBroken({ rule, anchor, at }, span, listener);
    },
  });
  return {
    window: look.window,
    see(text: Pick<Text, 'end' | 'cutStart' | 'cutEnd' | 'even'>, base: number): Sight {
      matches = [];
      opened = Number.POSITIVE_INFINITY;
      budget.begin(text.end);
      look.run(text, base);
      return { matches, opened, flooded: budget.spent };
    },
  };
};
