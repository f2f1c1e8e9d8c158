import type { RecordFact } from '../core/facts.ts';
import type { Fragment, Place } from '../core/fragment.ts';
import type { Origin } from '../core/origin.ts';

/**
 * Says where a place of a piece is; undefined: it is told elsewhere. What strangers wrote may be more than a reader of
 * places can take: that must not cost the key, which stands where its fragment does then. It is told once a piece.
 */
export const createWhere = ({ origin, locate }: Pick<Fragment, 'origin' | 'locate'>, record: RecordFact) => {
  let isTold = false;
  return (place: Place): Origin | undefined => {
    try {
      return locate ? locate(place) : origin;
    } catch (error) {
      if (!isTold) void record({ type: 'fault.raised', code: 'internal.unexpected', detail: `locate: ${error}` });
      isTold = true;
      return origin;
    }
  };
};
