import { bigEndian, LONGEST_LENGTH, type ReadLength, type Told, varint, zigzag } from './lengths.ts';
import type { Span } from './span.ts';
import { endOfText, isInside, SHORTEST } from './text-bytes.ts';

/** In a longer run of text only strings that follow each other are found (bytes). */
const LONGEST_RUN = 1024 * 1024;
/** What it costs to leave out a byte of a run, and the one before it; to take one more string, and one that is tiny. */
const [LEFT_OUT, BEFORE, STRING, TINY] = [4, 4, 1, 6];
const TINY_LENGTH = 3;

/** How lengths may be written in a value, and where the first may stand. */
interface Way {
  readonly read: ReadLength;
  readonly from: number;
}

/** Avro's head: a magic byte and the id of a schema (Confluent), or the schema's fingerprint (Avro's single objects). */
const endOfHead = ([first, second]: Buffer): number => {
  if (first === 0) return 5;
  return first === 0xc3 && second === 1 ? 10 : 0;
};

const waysOf = (head: number): readonly Way[] => {
  const ways = [bigEndian(4), zigzag, bigEndian(2), varint, bigEndian(1)].map((read) => ({ read, from: 0 }));
  return head === 0 ? ways : [{ read: zigzag, from: head }, ...ways];
};

/** Where text stands that could hold a key, as far as it goes on. */
function* runsOf(bytes: Buffer): Generator<Span> {
  for (let at = 0; at < bytes.length; ) {
    const end = endOfText(bytes, at);
    if (end - at >= SHORTEST) yield { from: at, to: end };
    at = Math.max(end, at + 1);
  }
}

/** Takes runs of text apart by the lengths before and in them. */
const createWalks = (bytes: Buffer, { read, from }: Way) => {
  const told: Told = { from: -1, to: -1 };
  /** Does a length at `at` tell of a string in the run? */
  const tells = (run: Span, at: number): boolean => {
    read(bytes, at, told);
    if (told.from < run.from || told.to <= told.from || told.to > run.to) return false;
    return !isInside(bytes[told.from]) && (told.to === run.to || !isInside(bytes[told.to]));
  };
  const startOf = (run: Span): number => Math.max(from, run.from - LONGEST_LENGTH);

  return {
    /** The fewest strings that make up the run, each right behind the length after the one before it, if it is made so. */
    chain(run: Span): readonly number[] | undefined {
      let best: number[] | undefined;
      for (let start = startOf(run); start <= Math.max(from, run.from); start += 1) {
        const edges: number[] = [];
        let at = start;
        for (; at < run.to && tells(run, at); at = told.to) edges.push(told.from, told.to);
        if (at === run.to && (!best || edges.length < best.length)) best = edges;
      }
      return best;
    },
    /** Is the run one string, whose length stands before it? Nothing is likelier then. */
    isOne(run: Span): boolean {
      for (let start = startOf(run); start < run.from; start += 1) {
        if (tells(run, start) && told.from === run.from && told.to === run.to) return true;
      }
      return false;
    },
    /** The strings that leave least of the run out: what costs least from each place on, from the last one to the first. */
    cheapest(run: Span): readonly number[] {
      const start = startOf(run);
      const costs = new Uint32Array(Math.max(0, run.to - start) + 1);
      const [begins, ends] = [new Uint32Array(costs.length), new Uint32Array(costs.length)];
      for (let at = run.to - 1; at >= start; at -= 1) {
        const left = at >= run.from ? LEFT_OUT : at === run.from - 1 ? BEFORE : 0;
        costs[at - start] = (costs[at + 1 - start] ?? 0) + left;
        if (!tells(run, at)) continue;
        const string = told.to - told.from > TINY_LENGTH ? STRING : TINY;
        const cost = (costs[told.to - start] ?? 0) + string;
        if (cost >= (costs[at - start] ?? 0)) continue;
        costs[at - start] = cost;
        begins[at - start] = told.from;
        ends[at - start] = told.to;
      }
      const edges: number[] = [];
      for (let at = start; at < run.to; at = Math.max(at + 1, ends[at - start] ?? 0)) {
        if (ends[at - start] !== 0) edges.push(begins[at - start] ?? 0, ends[at - start] ?? 0);
      }
      return edges;
    },
  };
};

/**
 * Where strings begin and end, in turn, in a value of no known format that writes the length of each before it, as Avro
 * does. A letter may be such a length: so lengths are taken to be written in one way throughout, that in which most text is
 * made of strings from end to end; and of the strings that cross each other those that leave least of the text out.
 */
export const stringsByLength = (bytes: Buffer): readonly number[] => {
  const head = endOfHead(bytes);
  const { chain, cheapest, isOne } = likeliest(bytes, head);
  const edges: number[] = [];
  for (const run of runsOf(bytes)) {
    if (isOne(run)) edges.push(run.from, run.to);
    else for (const edge of run.to - run.from > LONGEST_RUN ? (chain(run) ?? []) : cheapest(run)) edges.push(edge);
  }
  return edges;
};

/** The way that makes up most runs from end to end; the first that makes up all. */
const likeliest = (bytes: Buffer, head: number): ReturnType<typeof createWalks> => {
  let best = createWalks(bytes, { read: zigzag, from: head });
  let most = 0;
  for (const way of waysOf(head)) {
    const walks = createWalks(bytes, way);
    let [made, all] = [0, 0];
    for (const run of runsOf(bytes)) {
      const length = run.to - Math.max(head, run.from);
      all += length;
      if (walks.chain(run)) made += length;
    }
    if (made > most) [best, most] = [walks, made];
    if (made === all) return best;
  }
  return best;
};
