import { Secret } from '../core/secret.ts';
import type { Trouble } from './store.ts';

/** One field of a secret that is a JSON object, as consoles write several values in one. No field: all of it. */
export const fieldOf = (text: string, field: string | undefined): Secret | Trouble => {
  if (field === undefined) return text === '' ? { trouble: 'unusable', why: 'the secret is empty' } : new Secret(text);
  const entry = entryOf(text);
  return entry === undefined ? NO_OBJECT : textIn(entry, field);
};

export const textIn = (entry: Readonly<Record<string, unknown>>, field: string): Secret | Trouble => {
  const value = Object.hasOwn(entry, field) ? entry[field] : undefined;
  if (value === undefined || value === null) return { trouble: 'absent', why: 'the secret has no such field' };
  if (typeof value !== 'string' || value === '') return { trouble: 'unusable', why: 'the field is no text, or empty' };
  return new Secret(value);
};

/** The same object with that field; the new text itself when there is no field. An entry that is not there yet is begun. */
export const withField = (text: string | undefined, field: string | undefined, value: string): string | Trouble => {
  if (field === undefined) return value;
  const entry = text === undefined ? {} : entryOf(text);
  // Other fields must stay: what is no object is not replaced by one.
  return entry === undefined ? NO_OBJECT : JSON.stringify({ ...entry, [field]: value });
};

const NO_OBJECT: Trouble = { trouble: 'unusable', why: 'the secret is no JSON object, so it has no fields' };

const entryOf = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const entry: unknown = JSON.parse(text);
    return typeof entry === 'object' && entry !== null && !Array.isArray(entry) ? { ...entry } : undefined;
  } catch {
    return undefined;
  }
};
