import { sample } from './sample.ts';

/** The source of a pattern for one UUID, small letters. */
export const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

/** An example of one, random as version 4 is. */
export const uuid = (seed: string): string => {
  const hex = sample(seed, 32, '0123456789abcdef');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20)].join('-');
};

/** Is a UUID, whatever stands before it, none that somebody made up? A random one has about 13 different digits. */
export const isRandomUuid = (text: string): boolean => new Set(text.slice(-36)).size > 8;
