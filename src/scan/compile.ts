import type { Detector } from '../core/detector.ts';
import { anchorsOf } from './pattern/anchors.ts';
import { parsePattern } from './pattern/parse.ts';
import { leadOf, secretCrossesLines } from './pattern/secret.ts';
import type { Statistics } from './pattern/statistics.ts';
import type { Rule } from './rule.ts';

/** Throws an `UnusablePattern` when there is no text that must stand in every match. */
export const compileRule = (detector: Detector, rule: number, statistics: Statistics): Rule => {
  const { source, flags } = detector.pattern;
  const pattern = parsePattern(source, { dialect: 'js', flags });
  const regexp = (more: string) => new RegExp(source, `${flags.replace(/[dgy]/g, '')}${more}`);
  return {
    detector,
    anchors: anchorsOf(pattern, { rule, statistics, edges: true }),
    lead: leadOf(pattern).most,
    lines: secretCrossesLines(pattern),
    sticky: regexp('y'),
    search: regexp('g'),
    exact: regexp('dg'),
  };
};
