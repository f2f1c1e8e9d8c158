/** What a patch says, in its order. */
export interface PatchHears {
  commit(id: string): void;
  /** Of its message, without the blank before each line; newlines included. */
  message(bytes: Buffer): void;
  /** A file that the patch adds something to, or brings with nothing in it, and the blob that it becomes. */
  file(path: string, blob: string): void;
  /** Added lines follow; the first is this one of the new file. */
  hunk(line: number): void;
  /** Of added lines, newlines included; where a piece ends means nothing. Nobody writes to it again. */
  added(bytes: Buffer): void;
}

const [NEWLINE, PLUS, MINUS, SPACE] = [10, 43, 45, 32];
/** No line of a header is longer; the rest of one that is counts for nothing. */
const LONGEST_HEADER = 65_536;

/**
 * Reads `git log -p` or `git diff` from pieces of any size. The counts in a hunk's header say how many lines are content,
 * and a blank stands before each line of a message, so that neither is ever taken for a header.
 */
export const createPatchReader = (hears: PatchHears) => {
  const header = createHeaderReader(hears);
  let left = { added: 0, removed: 0 };
  let open: 'no' | 'added' | 'message' | 'other' = 'no';
  let line: Buffer[] = [];

  const startLine = (sign: number | undefined, inHunk: boolean): void => {
    open = inHunk ? (sign === PLUS ? 'added' : 'other') : 'message';
    if (inHunk && (sign === PLUS || sign === SPACE)) left.added -= 1;
    if (inHunk && (sign === MINUS || sign === SPACE)) left.removed -= 1;
  };
  const addedLines = (bytes: Buffer, at: number): number => {
    const { lines, begun, isOpen, end } = gather(bytes, at, left.added);
    left.added -= begun;
    open = isOpen ? 'added' : 'no';
    if (lines.length > 0) hears.added(lines);
    return end;
  };
  const content = (bytes: Buffer, at: number, inHunk: boolean): number => {
    const from = open === 'no' ? at + 1 : at;
    if (open === 'no') startLine(bytes[at], inHunk);
    if (open === 'added') return addedLines(bytes, from);
    const newline = bytes.indexOf(NEWLINE, from);
    const end = newline < 0 ? bytes.length : newline + 1;
    if (open === 'message' && end > from) hears.message(bytes.subarray(from, end));
    if (newline >= 0) open = 'no';
    return end;
  };
  const headerLine = (bytes: Buffer, at: number): number => {
    const newline = bytes.indexOf(NEWLINE, at);
    const end = newline < 0 ? bytes.length : newline;
    line.push(bytes.subarray(at, Math.min(end, at + LONGEST_HEADER)));
    if (newline < 0) return end;
    left = header(Buffer.concat(line).toString('latin1')) ?? left;
    line = [];
    return end + 1;
  };

  return (bytes: Buffer): void => {
    let at = 0;
    while (at < bytes.length) {
      const inHunk = left.added > 0 || left.removed > 0;
      const inMessage = line.length === 0 && bytes[at] === SPACE;
      at = open !== 'no' || inHunk || inMessage ? content(bytes, at, inHunk) : headerLine(bytes, at);
    }
  };
};

/**
 * The rest of an added line, and the added lines behind it (at most `most`), as one piece without their signs. Most of a
 * history is such lines: to move them together is quicker than to give each of them.
 */
const gather = (bytes: Buffer, at: number, most: number) => {
  const lines = Buffer.allocUnsafe(bytes.length - at);
  lines.set(bytes.subarray(at));
  let [length, from, begun] = [0, at, 0];
  for (;;) {
    const newline = bytes.indexOf(NEWLINE, from);
    const end = newline < 0 ? bytes.length : newline + 1;
    lines.copyWithin(length, from - at, end - at);
    length += end - from;
    if (newline < 0 || begun === most || bytes[end] !== PLUS)
      return { lines: lines.subarray(0, length), begun, isOpen: newline < 0, end };
    begun += 1;
    from = end + 1;
  }
};

const HUNK = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;

/** The ids of an empty file: no `+++` names it. */
const EMPTY = /\.\.(?:e69de29bb2d1d6434b8b29ae775ad8c2e48c5391|473a0f4c3be8a936[0-9a-f]{48})$/;

/** Reads lines between hunks; gives how many lines of content follow a hunk's header. */
const createHeaderReader = (hears: PatchHears) => {
  let blob = '';
  let path: string | undefined;
  let both = '';
  const index = (line: string): void => {
    blob = /\.\.([0-9a-f]+)/.exec(line)?.[1] ?? '';
    // A file that is new has one name, twice.
    const name = EMPTY.test(line) && /^index 0+\./.test(line) ? pathOf(both.slice((both.length + 1) / 2)) : undefined;
    if (name !== undefined) hears.file(name, blob);
  };
  return (line: string): { added: number; removed: number } | undefined => {
    if (line.startsWith('commit ')) hears.commit(line.slice(7));
    else if (line.startsWith('diff --git ')) both = line.slice(11);
    else if (line.startsWith('index ')) index(line);
    else if (line.startsWith('+++ ')) {
      path = pathOf(line.slice(4));
      if (path !== undefined) hears.file(path, blob);
    }
    const [, removed = '1', first = '0', added = '1'] = HUNK.exec(line) ?? [];
    if (!line.startsWith('@@ ')) return undefined;
    if (path !== undefined && added !== '0') hears.hunk(Number(first));
    return { added: Number(added), removed: Number(removed) };
  };
};

const escapes: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 };

/** The path after `+++ `: in quotes where it has characters that would break the line; undefined for a deleted file. */
const pathOf = (text: string): string | undefined => {
  if (text === '/dev/null') return undefined;
  const plain = text.startsWith('"')
    ? text.slice(1, text.lastIndexOf('"')).replace(/\\([0-7]{3}|.)/g, (_, code: string) => {
        const byte = code.length === 3 ? Number.parseInt(code, 8) : (escapes[code] ?? code.charCodeAt(0));
        return String.fromCharCode(byte);
      })
    : text.replace(/\t$/, '');
  return Buffer.from(plain.replace(/^b\//, ''), 'latin1').toString('utf8');
};
