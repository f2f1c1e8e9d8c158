import type { Compiled } from './compiled/codec.ts';
import { anchorsOf } from './pattern/anchors.ts';
import type { Pattern } from './pattern/node.ts';
import { leadOf, secretCrossesLines } from './pattern/secret.ts';
import type { Statistics } from './pattern/statistics.ts';
import { UnusablePattern } from './pattern/unusable.ts';
import type { Rule } from './rule.ts';

/** Throws an `UnusablePattern` when there is no text that must stand in every match, or near it. */
export const compile = ({ near, edges, ...rule }: Rule, statistics: Statistics): Compiled => {
  const pattern = rule.pattern();
  const anchors = anchorsNear({ pattern, near, edges }, statistics);
  return { anchors, lead: leadOf(pattern).most, lines: secretCrossesLines(pattern) };
};

const anchorsNear = (
  { pattern, near, edges }: { readonly pattern: Pattern; readonly near: Pattern | undefined; readonly edges: boolean },
  statistics: Statistics,
): Compiled['anchors'] => {
  try {
    return anchorsOf(pattern, { rule: 0, statistics, edges });
  } catch (error) {
    if (near === undefined || !(error instanceof UnusablePattern)) throw error;
    return anchorsOf(near, { rule: 0, statistics });
  }
};
