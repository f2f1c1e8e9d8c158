import { Secret } from '../core/secret.ts';
import { isReference, type Place } from './reference.ts';
import type { Found, Trouble } from './store.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** `env://NAME`. It is as it was when the process began. */
export const readVariable = ({ path: name }: Place, env: Environment): Found | Trouble => {
  const unusable = (why: string): Trouble => ({ trouble: 'unusable', why });
  // A key pasted behind `env://` must not be printed.
  if (!/^[A-Z_][A-Z0-9_]{0,63}$/.test(name)) return unusable('env:// must name a variable, in capitals');
  const text = env[name];
  if (!text) return { trouble: 'absent', why: `the variable ${name} is not set` };
  if (isReference(text.trim())) return unusable(`the variable ${name} holds a reference that nobody resolved`);
  return { secret: new Secret(text) };
};
