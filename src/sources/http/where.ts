import type { Place } from '../../core/fragment.ts';
import { type LogPlace, Origin } from '../../core/origin.ts';
import { placeOf } from '../log-place.ts';
import { recordAround, type Span } from './records.ts';

type Locate = (place: Place) => Origin;

/** The origin with what its record says of itself; strangers wrote that, so it is made fit to be shown. */
export const originWith = (origin: Origin, log: LogPlace | undefined): Origin =>
  log && Object.keys(log).length > 0 ? Origin.parse({ ...origin, log }) : origin;

/**
 * Where a hit in a stream stands: the record around it in its piece. What is settled late stands in the piece before, so two
 * are remembered; asked later than while the next piece is scanned, it says nothing. The last record that was asked for is parsed once, however many hits are in it.
 */
export const createWhere = (origin: Origin, read: (record: Uint8Array) => LogPlace = placeOf) => {
  let pieces: readonly { readonly from: number; readonly bytes: Buffer }[] = [];
  let end = 0;
  let known: (Span & { readonly place: LogPlace }) | undefined;

  const locate: Locate = ({ offset }) => {
    if (known && known.from <= offset && offset < known.to) return originWith(origin, known.place);
    const piece = pieces.find(({ from, bytes }) => from <= offset && offset < from + bytes.length);
    if (!piece) return origin;
    const { from: base, bytes } = piece;
    const before = known && known.from >= base ? { from: known.from - base, to: known.to - base } : undefined;
    const { from, to } = recordAround(bytes, offset - base, before);
    known = { from: base + from, to: base + to, place: read(bytes.subarray(from, to)) };
    return originWith(origin, known.place);
  };

  return {
    /** Says that these bytes come next, and how a place in them is located. */
    next(bytes: Buffer): Locate {
      pieces = [...pieces.slice(-1), { from: end, bytes }];
      end += bytes.length;
      return locate;
    },
  };
};
