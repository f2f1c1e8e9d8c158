import { createHash } from 'node:crypto';
import type { Candidate } from '../../src/core/candidate.ts';
import type { Detector } from '../../src/core/detector.ts';
import { createEngine } from '../../src/scan/engine.ts';
import { ruleOf } from '../../src/scan/rule.ts';
import { createScanner, type Scanner } from '../../src/scan/scan.ts';
import type { Random } from '../truth/random.ts';

const origin = { source: 'scan', locator: 'fuzz', receivedAt: 0, mode: 'backfill' } as const;

/** A candidate as two scans are compared by; its text by hash only. */
const written = ({ detector, secret, offset, length, via }: Candidate): string => {
  const hash = createHash('sha256').update(secret.expose()).digest('hex').slice(0, 16);
  return [detector, offset, length, via.join('+'), hash].join(' ');
};

const linesOf = (list: string): readonly string[] => list.split('\n').filter(Boolean);
/** Detector and key, without their place. */
const keyOf = (line: string): string => line.replace(/ .* /, ' ');

/** Bytes of a flow that are kept, at most, for what may go on: the reader's own bound, which its docs tell. */
const HELD = 12_288;
const isBeyond = (line: string): boolean => Number(line.split(' ')[2]) > HELD;

/** What is wrong with a text that gives something else when it is cut. */
const faultOf = (whole: string, cutUp: string): Problem['check'] => {
  const told = new Set(linesOf(cutUp).map(keyOf));
  const lost = linesOf(whole).filter((line) => !told.has(keyOf(line)));
  if (lost.length === 0) return 'early';
  return lost.every(isBeyond) ? 'beyond' : 'lost';
};

/** Cuts at random places: few or many, some of them right beside each other. */
const cut = (bytes: Buffer, random: Random): readonly Buffer[] => {
  const count = random.pick([1, 2, 5, 40]);
  const near = random.int(bytes.length + 1);
  const places = Array.from({ length: count }, () =>
    random.int(3) === 0 ? Math.min(bytes.length, near + random.int(80)) : random.int(bytes.length + 1),
  ).sort((a, b) => a - b);
  return [0, ...places].map((from, at) => bytes.subarray(from, places[at] ?? bytes.length));
};

export interface Problem {
  /**
   * `lost`: a cut text gives less than the whole; `beyond`: what it lacks is longer than what is kept of a flow;
   * `early`: it gives more, for a beginning that is told before what follows is seen;
   * `plain`: the plain twin does not agree; `invented`: what was found does not stand there.
   */
  readonly check: 'exception' | 'lost' | 'beyond' | 'early' | 'plain' | 'invented' | 'slow';
  readonly detail: string;
}

const SLOW_MS = 100;
const PIECE = 64 * 1024;

/** Scanners whose answers must be alike. */
export const createProbe = (detectors: readonly Detector[]) => {
  /** Some was told to be left: then a part of a text may give more than the whole. */
  let flooded = false;
  const scannerOf = (simd?: 'none' | 'plain'): Scanner =>
    createScanner({
      detectors,
      engine: createEngine(detectors.map(ruleOf), simd ? { simd } : {}),
      fingerprint: () => '',
      record: async ({ type }) => {
        flooded ||= type === 'source.unscanned';
      },
    });
  const [best, simd, none] = [scannerOf(), scannerOf('plain'), scannerOf('none')];
  let flow = 0;

  const candidatesOf = (scanner: Scanner, pieces: readonly Buffer[]): readonly Candidate[] => {
    flow += 1;
    return pieces.flatMap((bytes, at) =>
      scanner.scan({ bytes, origin, flow: String(flow), last: at === pieces.length - 1 }),
    );
  };
  const listOf = (scanner: Scanner, pieces: readonly Buffer[]): string =>
    candidatesOf(scanner, pieces).map(written).sort().join('\n');

  const millisecondsOf = (bytes: Buffer): number => {
    const began = process.cpuUsage();
    candidatesOf(best, [bytes]);
    const { user } = process.cpuUsage(began);
    return user / 1000 / Math.max(1, bytes.length / PIECE);
  };

  const invented = (bytes: Buffer): string | undefined => {
    for (const { secret, offset, length, via, detector } of candidatesOf(best, [bytes])) {
      if (offset < 0 || offset + length > bytes.length) return `${detector} outside of the input`;
      const stands = bytes.toString('latin1', offset, offset + length);
      if (via.length === 0 && stands !== secret.expose()) return `${detector} is not what stands there`;
    }
    return undefined;
  };

  const differ = (a: string, b: string): string => {
    const [left, right] = [a.split('\n'), b.split('\n')];
    const only = (these: readonly string[], those: readonly string[]) =>
      these.filter((one) => one && !those.includes(one));
    return `only first: ${only(left, right).slice(0, 3).join(' | ') || '–'}; only second: ${only(right, left).slice(0, 3).join(' | ') || '–'}`;
  };

  /** Everything that must hold of an input. */
  return (bytes: Buffer, random: Random): Problem | undefined => {
    try {
      let slow = millisecondsOf(bytes);
      for (let again = 0; again < 3 && slow > SLOW_MS; again += 1) slow = Math.min(slow, millisecondsOf(bytes));
      if (slow > SLOW_MS) return { check: 'slow', detail: `${slow.toFixed(0)} ms per 64 KB` };
      const strange = invented(bytes);
      if (strange) return { check: 'invented', detail: strange };
      flooded = false;
      const whole = listOf(best, [bytes]);
      const pieces = cut(bytes, random);
      const cutUp = listOf(best, pieces);
      if (whole !== cutUp && !flooded) {
        const places = pieces
          .map(({ length }) => length)
          .slice(0, 12)
          .join(',');
        return { check: faultOf(whole, cutUp), detail: `${differ(whole, cutUp)}; pieces ${places}` };
      }
      const others = [simd, none].map((scanner) => listOf(scanner, [bytes]));
      const other = others.find((list) => list !== whole);
      return other === undefined ? undefined : { check: 'plain', detail: differ(whole, other) };
    } catch (error) {
      return {
        check: 'exception',
        detail: String((error as Error).stack)
          .split('\n')
          .slice(0, 4)
          .join(' '),
      };
    }
  };
};
