import type { Secret } from './secret.ts';

/** From this length on, a part of a key may be told without giving the key away. */
const LONG = 24;
const MOST_START = 16;
const LEAST_START = 6;

const UNSHOWN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** What of a key may be shown though it lives: the first characters tell the kind, the last four which one. */
export const preview = (secret: Secret): string => {
  const [start, end] = shown(secret);
  return `${start}…${end}`;
};

/**
 * What a text search may begin with, and how the key ends. Of a dead key that is a quarter; of one that may live no more
 * than the preview tells. No longer than one line of the key, and no end that is on another line.
 */
export const edgesOf = (secret: Secret, isDead: boolean): { readonly start: string; readonly end: string } => {
  const text = secret.expose();
  const [short, last] = shown(secret);
  const end = UNSHOWN.test(text) ? '' : last;
  if (!isDead || text.length < LONG) return { start: short, end };
  const length = Math.min(MOST_START, Math.max(LEAST_START, Math.floor(text.length / 4)));
  return { start: text.slice(0, length).split(UNSHOWN)[0] ?? '', end };
};

const shown = (secret: Secret): readonly [start: string, end: string] => {
  const text = secret.expose().replace(new RegExp(UNSHOWN, 'gu'), '?');
  return [text.slice(0, 3), text.length < LONG ? '' : text.slice(-4)];
};
