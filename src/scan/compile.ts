import type { Detector } from '../core/detector.ts';
import type { Compiled } from './compiled/codec.ts';
import { anchorsOf } from './pattern/anchors.ts';
import { parsePattern } from './pattern/parse.ts';
import { leadOf, secretCrossesLines } from './pattern/secret.ts';
import type { Statistics } from './pattern/statistics.ts';
import type { Rule } from './rule.ts';

/** Throws an `UnusablePattern` when there is no text that must stand in every match. */
export const compile = ({ source, flags }: RegExp, statistics: Statistics): Compiled => {
  const pattern = parsePattern(source, { dialect: 'js', flags });
  const anchors = anchorsOf(pattern, { rule: 0, statistics, edges: true });
  return { anchors, lead: leadOf(pattern).most, lines: secretCrossesLines(pattern) };
};

/** A detector and what its pattern was compiled to, as the engine's rule of that number. */
export const ruleOf = (detector: Detector, { anchors, lead, lines }: Compiled, rule: number): Rule => {
  const { source, flags } = detector.pattern;
  const regexp = (more: string) => new RegExp(source, `${flags.replace(/[dgy]/g, '')}${more}`);
  return {
    ...{ detector, lead, lines, sticky: regexp('y'), search: regexp('g'), exact: regexp('dg') },
    anchors: anchors.map((anchor) => ({ ...anchor, rule })),
  };
};
