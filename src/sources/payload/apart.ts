import type { Place } from '../../core/fragment.ts';
import { lastAtMost } from '../batch.ts';
import { cborStrings } from './cbor-strings.ts';
import { stringsByLength } from './length-search.ts';
import { packStrings } from './pack-strings.ts';
import { isText, SHORTEST } from './text-bytes.ts';
import { wireStrings } from './wire-strings.ts';

const NEWLINE = 0x0a;
const [OPENS, CLOSES] = [0x7b, 0x7d];
/** Indexes that lead to a message of protobuf, one for each message around it; and the highest, written doubled. */
const [MOST_INDEXES, HIGHEST_INDEX] = [4, 14];

/** Where strings begin and end, in turn. */
type Edges = readonly number[];

export interface Apart {
  /** What to scan: the value as it came, and behind it its strings, if it may be binary. */
  readonly text: Buffer;
  /**
   * Where in the text what was found there is told of: in its string, if it has one. Undefined when it was found in a string, and
   * before where that stands in the value.
   */
  own(place: Place): Place | undefined;
}

/**
 * Makes a value of any format fit to be scanned. In a binary one a length or a tag that is a letter hides the key that it
 * touches: so its strings are given once more, each between newlines. Text with one odd byte cannot be told from it, and letters
 * of that are taken for lengths: so nothing is taken out of the value itself, and nothing is lost where it was taken apart wrongly.
 */
export const apart = (value: Buffer): Apart => {
  // An object of JSON is in no binary format: most values are that, and need not be looked at.
  if (value[0] === OPENS && value.at(-1) === CLOSES) return asItCame(value);
  // Text may be protobuf as well, whose tags and lengths happen to be letters.
  const edges = long(isText(value) ? (wireStrings(value, 0) ?? []) : stringsIn(value));
  return edges.length > 0 ? withStrings(value, edges) : asItCame(value);
};

const asItCame = (text: Buffer): Apart => ({ text, own: (place) => place });

const withStrings = (value: Buffer, edges: Edges): Apart => {
  const starts: number[] = [];
  let size = value.length;
  eachOf(edges, (from, to) => {
    // After a single newline it may be taken for the rest of a key that was wrapped.
    starts.push(size + 2);
    size += 2 + to - from;
  });
  const text = Buffer.alloc(size, NEWLINE);
  value.copy(text);
  starts.forEach((start, nth) => void value.copy(text, start, edges[2 * nth], edges[2 * nth + 1]));

  const told = new Set<string>();
  return {
    text,
    own({ offset, length }) {
      const nth = lastAtMost(starts, offset);
      if (nth >= 0) {
        const isTold = told.has(`${offset - (starts[nth] ?? 0) + (edges[2 * nth] ?? 0)} ${length}`);
        return isTold ? undefined : { offset, length };
      }
      told.add(`${offset} ${length}`);
      const string = starts.findIndex((_, n) => (edges[2 * n] ?? 0) <= offset && offset < (edges[2 * n + 1] ?? 0));
      return string < 0
        ? { offset, length }
        : { offset: (starts[string] ?? 0) + offset - (edges[2 * string] ?? 0), length };
    },
  };
};

const eachOf = (edges: Edges, take: (from: number, to: number) => void): void => {
  for (let nth = 0; nth < edges.length; nth += 2) take(edges[nth] ?? 0, edges[nth + 1] ?? 0);
};

/** Those that are long enough for a key. */
const long = (edges: Edges): Edges => {
  const wanted: number[] = [];
  eachOf(edges, (from, to) => {
    if (to - from >= SHORTEST) wanted.push(from, to);
  });
  return wanted;
};

/** By a format that tells of each value where it ends, else by guess. */
const stringsIn = (value: Buffer): Edges => {
  const formats = [packStrings, cborStrings, (all: Buffer) => wireStrings(all, messageIn(all))];
  for (const strings of formats) {
    const edges = strings(value) ?? [];
    if (edges.length > 0) return edges;
  }
  return stringsByLength(value);
};

/** Where protobuf begins: behind Confluent's magic byte and schema id, how many indexes lead to the message, and which. */
const messageIn = (value: Buffer): number => {
  if (value[0] !== 0) return 0;
  const count = (value[5] ?? 0) / 2;
  const isIndex = (one: number): boolean => one % 2 === 0 && one <= HIGHEST_INDEX;
  const isHead = count <= MOST_INDEXES && value.subarray(5, 6 + count).every(isIndex);
  return isHead ? 6 + count : value.length;
};
