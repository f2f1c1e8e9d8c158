import type { Place } from '../core/fragment.ts';
import type { Origin } from '../core/origin.ts';
import { placeOf } from './log-place.ts';
import type { Past } from './past.ts';
import { rememberLast } from './remember.ts';

/** Which messages of a flow may have many lines: those that are counted, and entries of journald's export. */
type Many = 'counted' | 'entries';

/** A flow, and what the last message of it may be, other than a line. */
interface Told {
  readonly past: Past;
  readonly many?: Many | undefined;
}

const NEWLINE = 0x0a;

/** What a message says of itself; the messages are all of one buffer. */
export const createPlaceIn = (receivedAt: number) =>
  rememberLast(
    (message: Uint8Array) => placeOf(message, receivedAt),
    ({ byteOffset }) => byteOffset,
  );

/** Says of a place in a flow what its message says of itself, which is read once however many hits are in it. */
export const createLocate = (flow: () => Told) => (origin: Origin) => {
  const placeIn = createPlaceIn(origin.receivedAt);
  return (place: Place): Origin => {
    const { past, many } = flow();
    return { ...origin, log: placeIn(messageAt(past, place, many)) };
  };
};

/** The message around a place, from its head to the end of the line of the place. */
export const messageAt = (past: Past, { offset }: Pick<Place, 'offset'>, many?: Many): Uint8Array => {
  const { bytes, at } = past.around(offset);
  const entry = many === 'entries' ? entryAt(bytes, at) : undefined;
  if (entry) return entry;
  const before = at > 0 ? at - 1 : 0;
  // A counted message may have many lines; what was its count is a line end, a blank and its priority now.
  const head = many === 'counted' ? bytes.lastIndexOf('\n <', before) + 1 : 0;
  const line = Math.max(bytes.lastIndexOf(NEWLINE, before), bytes.lastIndexOf(0, before)) + 1;
  const start = head > 0 ? head + 1 : line;
  const rest = bytes.subarray(at);
  const ends = [rest.indexOf(NEWLINE), rest.indexOf(0), rest.length].filter((end) => end >= 0);
  return bytes.subarray(start, at + Math.min(...ends));
};

const ENTRY = '__CURSOR=';
const ENTRY_END = '\n\n';

/** The entry of `journalctl -o export` that a place is in, as far as it came: https://systemd.io/JOURNAL_EXPORT_FORMATS/ */
const entryAt = (bytes: Buffer, at: number): Uint8Array | undefined => {
  const from = at > 0 ? bytes.lastIndexOf(ENTRY, at - 1) : -1;
  if (from < 0 || (from > 0 && bytes[from - 1] !== NEWLINE)) return undefined;
  if (bytes.subarray(from, at).includes(ENTRY_END)) return undefined;
  const end = bytes.indexOf(ENTRY_END, at);
  return bytes.subarray(from, end < 0 ? bytes.length : end);
};
