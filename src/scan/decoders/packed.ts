import type { Reading, Room, Sizes } from '../text.ts';
import { inflate, packingOf } from './inflate.ts';
import { type Run, SHORTEST_PACKED } from './run.ts';
import { decodeSextets, headOf } from './sextets.ts';

const NOTHING = new Uint8Array(0);
const NO_BOUND: Room = { most: () => 1 << 20, take: () => undefined, exceed: () => undefined };

/** Gives what is packed in a run of base64 (a Helm release, a payload of a log), in pieces. Was there something? */
export const createPacked = ({ overlap, piece, room = NO_BOUND }: Sizes) => {
  return (run: Run, give: (reading: Reading) => void): boolean => {
    const packing = run.count >= SHORTEST_PACKED ? packingOf(headOf(run.digits)) : undefined;
    if (!packing) return false;
    const sink = new Uint8Array(Math.ceil((run.count * 3) / 4));
    const unpacked = inflate(sink.subarray(0, decodeSextets(run.digits, { from: 0, to: run.count }, sink)), room);
    const whole = { start: run.places()(0), end: run.padded };
    const place = () => whole;
    if (!unpacked) {
      // The last line may be none of it: kept until the next bytes tell.
      if (run.open)
        give({ name: 'base64', bytes: NOTHING, place, cutStart: false, cutEnd: true, lines: true, open: true });
      return false;
    }
    // What the next piece brings of it cannot be unpacked without what stands here, and no flow remembers so much.
    if (run.cutEnd && run.count > overlap) room.exceed(0);
    for (let from = 0; from < unpacked.length; from += piece - overlap) {
      const to = Math.min(from + piece, unpacked.length);
      const bytes = unpacked.subarray(from, to);
      const about = { name: 'base64', packed: packing, bytes, place };
      const cut = { cutStart: from > 0, cutEnd: to < unpacked.length || run.cutEnd };
      give(run.lines ? { ...about, ...cut, lines: true, open: run.open } : { ...about, ...cut });
      if (to === unpacked.length) break;
    }
    return true;
  };
};
