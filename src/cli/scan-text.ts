import type { Writable } from 'node:stream';
import { publicText } from '../core/origin.ts';
import { say } from './io.ts';
import type { Finding } from './scan-finding.ts';

/** Writes findings in one of the formats. */
export interface ScanOutput {
  finding(finding: Finding): void;
  /** What could not be read, where the format has a place for it. */
  end(unread: readonly (readonly [file: string, why: string])[]): void;
}

/** A line per finding, for people. */
export const textOutput = (to: Writable): ScanOutput => ({
  finding: (finding) => say(to, sentence(finding)),
  end: () => undefined,
});

/** A line of JSON per finding, for machines. */
export const jsonlOutput = (to: Writable): ScanOutput => ({
  finding: (finding) => say(to, JSON.stringify(finding)),
  end: () => undefined,
});

const sentence = ({ file, line, column, detector, preview, via, commit, verdict, reason }: Finding): string => {
  const beside = [
    via.length > 0 ? `(${via.join(', ')})` : [],
    commit ? `commit ${commit.slice(0, 12)}` : [],
    verdict ? `${verdict.toUpperCase()}${reason ? ` (${reason})` : ''}` : [],
  ].flat();
  return [`${publicText(file)}:${line}:${column}`, detector, preview, ...beside].join('  ');
};
