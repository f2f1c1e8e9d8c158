import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** The names in a directory; none when it cannot be read. */
export type List = (dir: string) => Promise<readonly string[]>;

/** `.1`, `.2.gz`, `-20261128`, `.20261128-101010.zst`: what is put behind the name of a log that is rotated. */
const GENERATION = /[.-]\d[\d.-]*(?:\.(?:gz|zst))?$/;

/** What is known of that, or else what `find` finds. */
export const once = <T>(known: Map<string, T>, of: string, find: () => T): T => {
  const value = known.get(of) ?? find();
  known.set(of, value);
  return value;
};

/** Reads each directory once: of one look. */
export const createList = (): List => {
  const known = new Map<string, Promise<readonly string[]>>();
  return (dir) => once(known, dir, () => readdir(dir).catch((): string[] => []));
};

/** What a log is called where the file at `place` stood, which may have been renamed since. */
export const withoutGeneration = (place: string): string => place.replace(GENERATION, '');

/** The places of what was rotated away from there. */
export const generationsOf = async (place: string, list: List): Promise<readonly string[]> => {
  const [dir, name] = [dirname(place), basename(place)];
  const isOne = (other: string): boolean =>
    other.startsWith(name) && GENERATION.exec(other.slice(name.length))?.index === 0;
  return (await list(dir)).filter(isOne).map((other) => join(dir, other));
};
