/** One record of a container's log: what the program wrote, without what the runtime put round it. */
export interface Piece {
  /** Where its line begins and ends, the line end included. */
  readonly start: number;
  readonly end: number;
  readonly text: Buffer;
  /** The runtime cut the line here: it goes on in the next record of the same stream. */
  readonly partial: boolean;
}

export type Stream = 'stdout' | 'stderr';

export interface SearchFor {
  readonly from: number;
  /** Default: either. */
  readonly stream?: Stream;
  /** Passes over whatever cannot be a part of a longer line. */
  readonly split: boolean;
}

/** The next record in whole lines. */
export type NextPiece = (lines: Buffer, what: SearchFor) => Piece | undefined;

const NEWLINE = 0x0a;
const SPACE = 0x20;
/** Shorter lines of Docker are whole: it cuts at 16 KiB of text. */
const SPLIT_FROM = 8 * 1024;
const DOCKER = '{"log":"';
const STAMP = 64;

/**
 * `2016-10-06T00:17:09.669794202Z stdout P text`: P for a part, F for the end of a line. The runtime may cut anywhere.
 * https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
 */
const nextCri: NextPiece = (lines, { from, stream, split }) => {
  for (let at = from; ; ) {
    const tag = split ? lines.indexOf(PART, at) : tagBehind(lines.indexOf(` ${stream} `, at));
    const end = tag < 0 ? 0 : lines.indexOf(NEWLINE, tag) + 1;
    if (end === 0) return undefined;
    const start = lineStart(lines.subarray(Math.max(from, tag - STAMP), tag), tag);
    const head = CRI.exec(lines.toString('latin1', start, tag + 2))?.groups;
    const isOurs =
      (start === 0 || lines[start - 1] === NEWLINE) && head && head['stream'] === (stream ?? head['stream']);
    const text = lines.subarray(lines.indexOf(SPACE, tag) + 1, end - 1);
    if (isOurs) return { start, end, partial: lines[tag] === PART, text };
    at = end; // In the head of a line only the tag can be this letter, and the stream stands there once.
  }
};

const PART = 0x50;
const CRI = /^\S+ (?<stream>stdout|stderr) [PF][ :]$/;
const MARK = ' stdout '.length;

const tagBehind = (mark: number): number => (mark < 0 ? -1 : mark + MARK);

const lineStart = (before: Buffer, at: number): number => at - before.length + before.lastIndexOf(NEWLINE) + 1;

/** `{"log":"text\n","stream":"stdout","time":"…"}`: a text without a line end goes on. https://docs.docker.com/engine/logging/drivers/json-file/ */
const nextDocker: NextPiece = (lines, { from, stream, split }) => {
  const mark = `","stream":"${stream ?? ''}`;
  for (let at = from; ; ) {
    const long = split ? longLine(lines, at) : at;
    const quote = long < 0 ? -1 : lines.indexOf(mark, long);
    if (quote < 0) return undefined;
    const start = lines.lastIndexOf(NEWLINE, quote) + 1;
    const end = lines.indexOf(NEWLINE, quote) + 1;
    if (end === 0) return undefined;
    const text = start < from ? undefined : textOf(lines.subarray(start, quote));
    if (text && (!split || (end - start >= SPLIT_FROM && text.at(-1) !== NEWLINE)))
      return { start, end, text, partial: text.at(-1) !== NEWLINE };
    at = end;
  }
};

/** Where the next line of at least 8 KiB begins, without looking at the others one by one; -1 when there is none. */
const longLine = (lines: Buffer, from: number): number => {
  for (let at = from; at + SPLIT_FROM <= lines.length; ) {
    const last = lines.subarray(at, at + SPLIT_FROM).lastIndexOf(NEWLINE);
    if (last < 0) return at;
    at += last + 1;
  }
  return -1;
};

const textOf = (line: Buffer): Buffer | undefined => {
  if (line.toString('latin1', 0, DOCKER.length) !== DOCKER) return undefined;
  try {
    return Buffer.from(String(JSON.parse(`"${line.toString('utf8', DOCKER.length)}"`)));
  } catch {
    return undefined; // Not written by Docker; its bytes were scanned all the same.
  }
};

export interface Format {
  /** Undefined where lines are whole. */
  readonly next?: NextPiece;
  /** Ends what belongs together. */
  readonly end: string;
}

/** Told by the first line. `journalctl -o export`: https://systemd.io/JOURNAL_EXPORT_FORMATS/, entries end in an empty line. */
export const formatOf = (head: Uint8Array): Format => {
  const begin = Buffer.from(head.subarray(0, 64)).toString('latin1');
  if (begin.startsWith(DOCKER)) return { next: nextDocker, end: '\n' };
  if (/^\d{4}-\d\d-\d\dT\S+ (?:stdout|stderr) [PF]/.test(begin)) return { next: nextCri, end: '\n' };
  return { end: begin.startsWith('__CURSOR=') ? '\n\n' : '\n' };
};
