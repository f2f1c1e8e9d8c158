import { countAt, type createEnds, isLineEnd, isPriority, kindAt, UNSEEN, valueAt } from './counts.ts';

/** Where a walk over the messages of a connection is. */
export interface Walk {
  /**
   * How its messages are framed. `doubted`: the first begins with a number and no priority, so what comes is read as lines
   * until its claim is settled. `counted`: each must have a count. `lines`: each may have one, if a priority is behind it.
   */
  framing: 'unknown' | 'doubted' | 'counted' | 'lines';
  /** Bytes still to come of a counted message. */
  left: number;
  inLine: boolean;
  /** Where in the bytes a line would end if the number before it were a count. */
  claim: number;
  /** The last message that began has a count and a priority. */
  counts: boolean;
  /** Why it stands: the bytes are at their end, or at the end of the claim; the next will tell; a count is missing; a packed message begins. */
  stop: 'end' | 'claim' | 'unseen' | 'malformed' | 'packed';
}

/** Bytes to walk over, and where their lines end. */
export interface Ground {
  readonly bytes: Buffer;
  readonly endAfter: ReturnType<typeof createEnds>;
}

const NEWLINE = 0x0a;
export const NO_CLAIM = Number.POSITIVE_INFINITY;

export const createWalk = (): Walk => ({
  ...{ framing: 'unknown', left: 0, inLine: false, claim: NO_CLAIM, counts: false, stop: 'end' },
});

/** Goes over the messages from a place; gives where it stands then. Digits that are a count become newlines. */
export const goOn = (walk: Walk, { bytes, endAfter }: Ground, from: number): number => {
  let at = from;
  walk.stop = 'end';
  while (walk.stop === 'end' && at < bytes.length) {
    const edge = Math.min(bytes.length, walk.claim);
    if (at === walk.claim) walk.stop = 'claim';
    else if (walk.left > 0) {
      const step = Math.min(walk.left, bytes.length - at);
      walk.left -= step;
      at += step;
    } else if (walk.inLine) {
      const end = endAfter(at);
      walk.inLine = end > edge;
      at = Math.min(end, edge);
    } else if (isLineEnd(bytes[at])) at += 1;
    else at = begin(walk, bytes, at);
  }
  return at;
};

/** A message begins. */
const begin = (walk: Walk, bytes: Buffer, at: number): number => {
  const digits = countAt(bytes, at);
  if (digits === UNSEEN) {
    walk.stop = 'unseen';
    return at;
  }
  if (digits > 0) {
    const kind = kindAt(bytes, at + digits + 1);
    const isCount = walk.framing === 'counted' || (kind === 'priority' && walk.framing !== 'doubted');
    if (kind === 'packed' || isCount) return count(walk, { bytes, at, digits });
  } else if (walk.framing === 'counted' && !isPriority(bytes[at])) {
    walk.stop = 'malformed';
    return at;
  }
  walk.inLine = true;
  walk.counts = false;
  const isOpen = walk.framing === 'unknown' || walk.framing === 'doubted';
  if (isOpen && walk.claim === NO_CLAIM) {
    walk.framing = digits > 0 ? 'doubted' : 'lines';
    if (digits > 0) walk.claim = at + digits + 1 + valueAt(bytes, at, digits);
  }
  return at;
};

/** A count, which says how a connection is framed unless it is of a packed message: rsyslog counts those among lines, too. */
const count = (walk: Walk, { bytes, at, digits }: { bytes: Buffer; at: number; digits: number }): number => {
  const kind = kindAt(bytes, at + digits + 1);
  walk.left = valueAt(bytes, at, digits);
  walk.counts = kind === 'priority';
  if (kind === 'packed') {
    walk.stop = 'packed';
    walk.claim = NO_CLAIM;
  } else if (walk.framing === 'unknown') walk.framing = 'counted';
  bytes.fill(NEWLINE, at, at + digits);
  return at + digits + 1;
};
