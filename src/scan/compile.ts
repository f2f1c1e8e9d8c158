import type { Detector } from '../core/detector.ts';
import { anchorsOf } from './pattern/anchors.ts';
import { crossesLines, leadOf, parsePattern, widthOf } from './pattern/index.ts';
import type { Rule } from './rule.ts';

/** Throws when a pattern has no text that must stand in every match, or no bound. */
export const compileRule = (detector: Detector, index: number): Rule => {
  const { source, flags } = detector.pattern;
  const pattern = parsePattern(source, { dialect: 'js', flags });
  const regexp = (more: string) => new RegExp(source, `${flags.replace(/[dgy]/g, '')}${more}`);
  return {
    detector,
    anchors: anchorsOf(pattern, index),
    reach: widthOf(pattern).most,
    lead: leadOf(pattern),
    lines: crossesLines(pattern),
    sticky: regexp('y'),
    search: regexp('g'),
    exact: regexp('dg'),
  };
};
