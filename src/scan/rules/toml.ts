import { parse, TomlError } from 'smol-toml';
import { UnusablePack } from './unusable-pack.ts';

/** Deepest nesting of a value; a pack has three or four. */
const DEEPEST = 32;

const lowered = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(lowered);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key.toLowerCase(), lowered(inner)]));
};

/** The table that a TOML text holds, its names in small letters: packs are written in either. */
export const readToml = (text: string): unknown => {
  try {
    return lowered(parse(text, { maxDepth: DEEPEST, unsafeKeyBehaviour: 'drop' }));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [first = 'it is no TOML'] = error.message.split('\n');
    throw new UnusablePack(`line ${error.line}: ${first}`);
  }
};
