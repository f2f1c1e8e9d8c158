import type { Place } from '../../core/fragment.ts';
import { type LogPlace, Origin } from '../../core/origin.ts';
import { createPlaceAt, mergePlaces, type PlaceAtNeeds } from '../log-place.ts';
import { rememberLast } from '../remember.ts';

type Locate = (place: Place) => Origin;

/** The origin with what its record says of itself; strangers wrote that, so it is made fit to be shown. */
export const originWith = (origin: Origin, log: LogPlace | undefined): Origin =>
  log && Object.keys(log).length > 0
    ? Origin.parse({ ...origin, log: origin.log ? mergePlaces(origin.log, log) : log })
    : origin;

const NEWLINE = 0x0a;

interface Piece {
  readonly from: number;
  readonly bytes: Buffer;
  readonly goesOn: boolean;
}

/**
 * Where a hit in a stream stands: the record around it in its piece. What is settled late stands in the piece before, so two
 * are remembered; asked later than while the next piece is scanned, it says nothing. The last record that was asked for is parsed once, however many hits are in it.
 */
export const createWhere = (origin: Origin, read?: PlaceAtNeeds['read']) => {
  let pieces: readonly Piece[] = [];
  let end = 0;
  let goesOn = false;
  const told = rememberLast(
    (place: LogPlace) => originWith(origin, place),
    (place) => place,
  );
  const placeAtOf = rememberLast(
    ({ bytes, goesOn }: Piece) => createPlaceAt(bytes, { goesOn, ...(read && { read }) }),
    (piece) => piece,
  );

  const locate: Locate = ({ offset }) => {
    const piece = pieces.find(({ from, bytes }) => from <= offset && offset < from + bytes.length);
    return piece ? told(placeAtOf(piece)(offset - piece.from)) : origin;
  };

  return {
    /** Says that these bytes come next, and how a place in them is located. */
    next(bytes: Buffer): Locate {
      const last = pieces.at(-1);
      // What was given before its record came to an end is looked at together with the rest.
      if (last && isBehind(last.bytes, bytes))
        pieces = [...pieces.slice(0, -1), { ...last, bytes: joined(last.bytes, bytes) }];
      else pieces = [...pieces.slice(-1), { from: end, bytes, goesOn }];
      end += bytes.length;
      if (bytes.length > 0) goesOn = bytes.at(-1) !== NEWLINE;
      return locate;
    },
  };
};

/** Whether these bytes stand right behind the others in memory. */
const isBehind = (before: Buffer, { buffer, byteOffset, length }: Buffer): boolean =>
  length === 0 || (buffer === before.buffer && byteOffset === before.byteOffset + before.length);

const joined = ({ buffer, byteOffset, length }: Buffer, { length: more }: Buffer): Buffer =>
  Buffer.from(buffer, byteOffset, length + more);
