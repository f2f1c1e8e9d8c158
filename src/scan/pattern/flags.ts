import type { Cursor } from './cursor.ts';
import type { Dialect, Flags } from './dialect.ts';

const names: Readonly<Record<string, keyof Flags>> = {
  i: 'ignoreCase',
  s: 'dotAll',
  m: 'multiline',
  U: 'ungreedy',
};

/** Letters to turn on and off, and where they were read. */
interface Change {
  readonly dialect: Pick<Dialect, 'flagLetters'>;
  readonly cursor: Cursor;
  readonly on: string;
  readonly off?: string;
}

/** The flags after a change such as `i-s`. */
export const withFlags = (flags: Flags, { dialect, cursor, on, off = '' }: Change): Flags => {
  const changed = { ...flags };
  for (const [letters, value] of [
    [on, true],
    [off, false],
  ] as const) {
    for (const letter of letters) {
      const name = dialect.flagLetters.includes(letter) ? names[letter] : undefined;
      changed[name ?? cursor.refuse(`there is no flag ${letter} here`)] = value;
    }
  }
  return changed;
};
