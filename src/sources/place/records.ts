import type { Span } from '../payload/span.ts';
import { beginOf, rememberLast } from '../remember.ts';
import { firstFrom, firstNext } from './next-record.ts';
import { createObjects, type JsonSpan } from './objects.ts';
import { parsedJson } from './parsed.ts';

const [QUOTE, COMMA, LIST, OBJECT] = [0x22, 0x2c, 0x5b, 0x7b];
/** What a line of JSON may begin with: an object, a list of them, or the comma behind another one. */
const JSON_STARTS = [OBJECT, LIST, COMMA];

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
  /** From the first record on that is known to begin; what is found so must be sound JSON, for the rest may be anything. */
  let overLines: ReturnType<typeof createObjects> | undefined;
  const isSound = rememberLast(
    ({ from, to, isWhole }: JsonSpan) => isWhole && parsedJson(bytes.toString('utf8', from, to)) !== undefined,
    beginOf,
  );
  const soundAt = (at: number): readonly JsonSpan[] => {
    overLines ??= createObjects(bytes, { from: isJsonAt(bytes, 0) ? 0 : firstNextOr(bytes), to: bytes.length });
    const found = overLines(at);
    const record = found.at(-1);
    return record && isSound(record) ? found : [];
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

const isBeyond = ({ from, to }: Span, spans: readonly Span[]): boolean =>
  spans.some((span) => span.from < from || span.to > to);

const isJsonAt = (bytes: Buffer, from: number): boolean => JSON_STARTS.includes(bytes[firstFrom(bytes, from)] ?? 0);

/** A list of objects or of texts, each of which is a record; not the bracket around a time. */
const isListAt = (bytes: Buffer, from: number): boolean => {
  const first = firstFrom(bytes, from);
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
