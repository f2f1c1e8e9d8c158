import { Secret } from '../core/secret.ts';
import type { Place } from './reference.ts';
import { type Found, isTrouble, type Trouble } from './store.ts';

/** What was found as a setting can use it: without the white space around it, which editors and shells leave. */
export const usable = (
  found: Found | Trouble,
  place: Place,
  { lines }: { readonly lines: boolean },
): Found | Trouble => {
  if (isTrouble(found)) return found;
  const text = found.secret.expose().trim();
  const unusable = (why: string): Trouble => ({ trouble: 'unusable', why: `${nameOf(place)} ${why}` });
  if (text === '') return unusable(place.scheme === 'env' ? 'is blank' : 'is empty');
  // Inside, no header could carry it; a value that was written by half often ends in zeros.
  if (/\p{Cc}/u.test(lines ? text.replace(/\r?\n/g, '') : text))
    return unusable('holds a line break or a control character');
  return { ...found, secret: new Secret(text) };
};

const nameOf = ({ scheme, path }: Place): string =>
  scheme === 'env' ? `the variable ${path}` : scheme === 'file' ? 'the file' : 'the secret';
