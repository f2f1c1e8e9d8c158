import type { RecordFact } from '../core/facts.ts';
import type { Fragment, Place } from '../core/fragment.ts';
import type { Origin } from '../core/origin.ts';
import type { Match } from './rivals.ts';

/**
 * Says where a match of a piece is; undefined: it is told elsewhere. What strangers wrote may be more than a reader of
 * places can take: that must not cost the key, which stands where its fragment does then. It is told once a piece.
 */
export const createWhere = ({ origin, locate }: Pick<Fragment, 'origin' | 'locate'>, record: RecordFact) => {
  let isTold = false;
  const placed = (place: Place): Origin | undefined => {
    try {
      return locate ? locate(place) : origin;
    } catch (error) {
      // Its name alone: a message may quote the line, and with it a part of the key.
      const detail = `locate: ${error instanceof Error ? error.name : typeof error}`;
      if (!isTold) void record({ type: 'fault.raised', code: 'internal.unexpected', detail });
      isTold = true;
      return origin;
    }
  };
  return ({ start, end, secret, raw }: Match): Origin | undefined => {
    const where = placed({ offset: start, length: end - start });
    return where && withoutKey(where, [secret, raw]);
  };
};

/** So much of a key is too much to tell. */
const PART = 12;

/** Do the two have a part in common that is too much to tell? What cannot be seen in a key may have been made visible. */
const shares = (value: string, text: string): boolean => {
  const [short, long] = value.length < text.length ? [value, text] : [text, value];
  if (text.length <= PART) return value.includes(text);
  for (let at = 0; at + PART <= short.length; at += 1) {
    if (long.includes(short.slice(at, at + PART))) return true;
  }
  return false;
};

/**
 * Without what tells the key, in clear or as it stands there: a program may have logged it as the name of its service, and a
 * key that is known by the name before it is scrubbed by nobody after.
 */
const withoutKey = (origin: Origin, texts: readonly string[]): Origin => {
  const tells = (value: unknown): boolean => typeof value === 'string' && texts.some((text) => shares(value, text));
  const { log } = origin;
  if (!log || !Object.values(log).some(tells)) return origin;
  return { ...origin, log: Object.fromEntries(Object.entries(log).filter(([, value]) => !tells(value))) };
};
