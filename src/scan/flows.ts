import type { Candidate } from '../core/candidate.ts';
import type { Fragment } from '../core/fragment.ts';
import type { Origin } from '../core/origin.ts';

/** A candidate, and where it stands in its flow. */
export type Shown = Pick<Candidate, 'fingerprint' | 'offset' | 'length'>;

/**
 * What is remembered of a flow between two fragments. Each place of it is settled once: what begins before `from` was
 * given already. What goes over the end of a line is settled later than the rest, up to `fromLines`.
 */
export interface Flow {
  /** The last bytes, in which a key may still be growing, and what must be seen beside it. */
  readonly kept: Buffer;
  /** Offset in the flow of the first of them. */
  readonly base: number;
  readonly from: number;
  readonly fromLines: number;
  readonly origin: Origin;
  readonly locate: Fragment['locate'];
  /** Of what is not settled, something may be a key. */
  readonly waits: boolean;
  /** What was given before it was settled. */
  readonly shown: readonly Shown[];
  /** Ends of settled matches that reach beyond what is settled, by name of who matched; nothing of theirs begins inside. */
  readonly claimed: { readonly line: Map<string, number>; readonly lines: Map<string, number> };
}

const NOTHING = Buffer.alloc(0);
const START = { words: 0, lines: 0 };

/** A flow of which nothing was seen yet. */
export const begun = ({ origin, locate, settled = START }: Omit<Fragment, 'bytes'>): Flow => ({
  ...{ kept: NOTHING, base: 0, from: settled.words, fromLines: settled.lines, waits: false, shown: [], origin, locate },
  claimed: { line: new Map(), lines: new Map() },
});

/** Flows by name; the least recently used one makes room. */
export const createFlows = (most: number) => {
  const flows = new Map<string, Flow>();
  const take = (name: string): Flow | undefined => {
    const flow = flows.get(name);
    flows.delete(name);
    return flow;
  };
  return {
    take,
    /** The flow that the fragment continues, now with the fragment's origin. */
    of: (fragment: Omit<Fragment, 'bytes'>): Flow => {
      const { flow, origin, locate } = fragment;
      const known = flow === undefined ? undefined : take(flow);
      return known ? { ...known, origin, locate } : begun(fragment);
    },
    /** Keeps a flow; gives the one that had to make room for it. */
    keep(name: string, flow: Flow): Flow | undefined {
      // What is to be told of its places may hold all of the text; the next fragment brings its own.
      flows.set(name, { ...flow, locate: undefined });
      const [oldest] = flows.size > most ? flows.keys() : [];
      return oldest === undefined ? undefined : take(oldest);
    },
    get size(): number {
      return flows.size;
    },
  };
};

const isBlank = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Is a blank among these bytes? */
export const hasBlank = (bytes: Buffer): boolean => [0x20, 0x0a, 0x0d, 0x09].some((blank) => bytes.includes(blank));

/** Where the word begins that the next fragment may continue. At most `overlap` bytes back. */
export const wordAtEnd = (bytes: Buffer, end: number, overlap: number): number => {
  const least = Math.max(0, end - overlap);
  let at = end;
  // A carriage return may be half of a line end, and a blank after a zero half of one in UTF-16: what follows will tell.
  if (at > least + 1 && (bytes[at - 1] === 0x0d || bytes[at - 2] === 0)) at -= 1;
  while (at > least && !isBlank(bytes[at - 1])) at -= 1;
  return at;
};
