import type { Place } from '../core/fragment.ts';
import type { Origin } from '../core/origin.ts';
import { placeOf } from './log-place.ts';
import type { Past } from './past.ts';
import { rememberLast } from './remember.ts';

/** A flow, and whether the last message of it was counted: such a one may have many lines. */
interface Told {
  readonly past: Past;
  readonly counted: boolean;
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
    const { past, counted } = flow();
    return { ...origin, log: placeIn(messageAt(past, place, counted)) };
  };
};

/** The message around a place, from its head to the end of the line of the place. */
export const messageAt = (past: Past, { offset }: Pick<Place, 'offset'>, counted: boolean): Uint8Array => {
  const { bytes, at } = past.around(offset);
  const before = at > 0 ? at - 1 : 0;
  // A counted message may have many lines; what was its count is a line end, a blank and its priority now.
  const head = counted ? bytes.lastIndexOf('\n <', before) + 1 : 0;
  const line = Math.max(bytes.lastIndexOf(NEWLINE, before), bytes.lastIndexOf(0, before)) + 1;
  const start = head > 0 ? head + 1 : line;
  const rest = bytes.subarray(at);
  const ends = [rest.indexOf(NEWLINE), rest.indexOf(0), rest.length].filter((end) => end >= 0);
  return bytes.subarray(start, at + Math.min(...ends));
};
