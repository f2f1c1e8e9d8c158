import { cborStrings } from './cbor-strings.ts';
import { stringsByLength } from './length-search.ts';
import { packStrings } from './pack-strings.ts';
import { isText, SHORTEST } from './text-bytes.ts';
import { wireStrings } from './wire-strings.ts';

const NEWLINE = 0x0a;
const [OPENS, CLOSES] = [0x7b, 0x7d];
/** Indexes that lead to a message of protobuf, one for each message around it; and the highest, written doubled. */
const [MOST_INDEXES, HIGHEST_INDEX] = [4, 14];

/** A letter, and as much of a word as a key has at least. */
const GLUED = new RegExp(`^\\w{${SHORTEST + 1}}$`);

/** Where strings begin and end, in turn. */
type Edges = readonly number[];

/**
 * The texts to scan of a value of any format. In a binary one a length or a tag that is a letter would hide the key that
 * it touches: it is two texts, its strings, each between newlines, and what is left of it. So nothing is lost where it was
 * taken apart wrongly, and nothing is there twice where it was not.
 */
export const apart = (value: Buffer): readonly Buffer[] => {
  // An object of JSON is in no binary format: most values are that, and need not be looked at.
  if (value[0] === OPENS && value.at(-1) === CLOSES) return [value];
  if (isText(value)) return [...hiddenIn(value), value];
  const edges = picked(stringsIn(value), (from, to) => to - from >= SHORTEST);
  if (edges.length === 0) return [value];
  const rest = Buffer.from(value);
  eachOf(edges, (from, to) => rest.fill(NEWLINE, from, to));
  return [linesOf(value, edges), rest];
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

/** Text that may be protobuf as well, whose tags and lengths happen to be letters: its strings of which those hide a key. */
const hiddenIn = (value: Buffer): readonly Buffer[] => {
  const edges = picked(wireStrings(value, 0) ?? [], (from, to) => {
    const isWord = (at: number): boolean => GLUED.test(value.toString('latin1', at, at + SHORTEST + 1));
    return isWord(from - 1) || isWord(to - SHORTEST);
  });
  return edges.length > 0 ? [linesOf(value, edges)] : [];
};

const eachOf = (edges: Edges, take: (from: number, to: number) => void): void => {
  for (let nth = 0; nth < edges.length; nth += 2) take(edges[nth] ?? 0, edges[nth + 1] ?? 0);
};

const picked = (edges: Edges, isWanted: (from: number, to: number) => boolean): Edges => {
  const wanted: number[] = [];
  eachOf(edges, (from, to) => {
    if (isWanted(from, to)) wanted.push(from, to);
  });
  return wanted;
};

/** The strings, each with a newline on either side. */
const linesOf = (value: Buffer, edges: Edges): Buffer => {
  let size = 0;
  eachOf(edges, (from, to) => {
    size += to - from + 2;
  });
  const lines = Buffer.alloc(size, NEWLINE);
  let at = 1;
  eachOf(edges, (from, to) => {
    at += value.copy(lines, at, from, to) + 2;
  });
  return lines;
};
