import type { Span } from '../payload/span.ts';
import { beginOf, rememberLast } from '../remember.ts';
import { firstFrom, firstNext } from './next-record.ts';
import { createObjects, type JsonSpan } from './objects.ts';
import { parsedJson } from './parsed.ts';

const [QUOTE, COMMA, LIST, OBJECT] = [0x22, 0x2c, 0x5b, 0x7b];
/** What a line of JSON may begin with: an object, a list of them, or the comma behind another one. */
const JSON_STARTS = [OBJECT, LIST, COMMA];
/** Bytes of a byte order mark. */
const MARK = 3;

export interface Lines {
  /** The first line began before. */
  readonly goesOn?: boolean;
  /** Ends a line, or an entry of many lines. */
  readonly end?: string;
}

/**
 * The record around a place: the outermost object of JSON there (several may stand in one line, in a list or put together as
 * Splunk allows, and one may go over many lines), else the line. Before it what holds a list of records, if it stands in one.
 * None: the record cannot be told apart, and another one's host must not be told.
 */
export const createRecords = (bytes: Buffer, { goesOn = false, end = '\n' }: Lines = {}) => {
  const inLine = rememberLast((line: Span) => createObjects(bytes, line), beginOf);
  /** From the first record on that is known to begin. */
  let overLines: ReturnType<typeof createObjects> | undefined;
  const isStart = isJsonAt(bytes, 0);
  const [isSound, isSoundHolder] = [createIsSound(bytes), createIsSound(bytes)];
  // What goes on may have begun in a text, where all is the other way round: only sound JSON is believed then.
  const soundAt = (at: number): readonly JsonSpan[] => {
    overLines ??= createObjects(bytes, { from: isStart ? 0 : firstNextOr(bytes), to: bytes.length });
    const found = overLines(at);
    const [record, holder] = found.toReversed();
    const isHeld = !holder || isSoundHolder(holder) || (isStart && !goesOn && !holder.isWhole);
    return record && isHeld && isSound(record) ? found : [];
  };
  let line: Span | undefined;

  return (at: number): readonly Span[] => {
    // A line may be long, and full of hits.
    if (!line || at < line.from || at >= line.to) line = lineAround(bytes, at, end);
    const isRest = goesOn && line.from === 0;
    const told = !isRest && isJsonAt(bytes, line.from) ? inLine(line)(at) : [];
    if (told.at(-1)?.isWhole) return told;
    const sound = soundAt(at);
    if (sound.length > 0 && (isRest || isBeyond(line, sound))) return sound;
    if (told.length > 0) return told;
    return isRest || isListAt(bytes, line.from) ? [] : [line];
  };
};

const createIsSound = (bytes: Buffer) =>
  rememberLast(
    ({ from, to, isWhole }: JsonSpan) => isWhole && parsedJson(bytes.toString('utf8', from, to)) !== undefined,
    beginOf,
  );

const isBeyond = ({ from, to }: Span, spans: readonly Span[]): boolean =>
  spans.some((span) => span.from < from || span.to > to);

/** Where the first byte stands of a line that is no blank, nor of a byte order mark. */
const firstOf = (bytes: Buffer, from: number): number =>
  firstFrom(bytes, from === 0 && bytes.toString('utf8', 0, MARK) === '\ufeff' ? MARK : from);

const isJsonAt = (bytes: Buffer, from: number): boolean => JSON_STARTS.includes(bytes[firstOf(bytes, from)] ?? 0);

/** A list of objects or of texts, each of which is a record; not the bracket around a time. */
const isListAt = (bytes: Buffer, from: number): boolean => {
  const first = firstOf(bytes, from);
  return bytes[first] === LIST && [OBJECT, QUOTE].includes(bytes[firstFrom(bytes, first + 1)] ?? 0);
};

const firstNextOr = (bytes: Buffer): number => {
  const next = firstNext(bytes);
  return next < 0 ? bytes.length : next;
};

const lineAround = (bytes: Buffer, at: number, end: string): Span => {
  const before = at === 0 ? -1 : bytes.lastIndexOf(end, at - 1);
  const after = bytes.indexOf(end, at);
  return { from: before < 0 ? 0 : before + end.length, to: after < 0 ? bytes.length : after };
};
