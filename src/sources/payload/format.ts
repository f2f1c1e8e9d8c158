import type { Place } from '../../core/fragment.ts';
import type { LogPlace } from '../../core/origin.ts';

/** A kind of body that is read whole. */
export interface Payload {
  /**
   * The text to scan, slice after slice, in all as long as the body (offsets stay): what is structure and could touch a key is
   * blanked. A slice stays as it is until the next is asked for. Undefined, and nothing more: the body is not of this kind.
   */
  texts(body: Buffer): Iterable<Buffer | undefined>;
  /** What the record says of itself in which the hit stands. Asked with places in ascending order mostly. `body`: as it came. */
  locate(body: Buffer, place: Place): LogPlace | undefined;
}
