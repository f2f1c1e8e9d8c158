import type { Key } from './key.ts';
import type { Random } from './random.ts';

/** What a format makes: a key, or a key with what must stand beside it. */
export type Made = string | (Partial<Pick<Key, 'before' | 'after' | 'inner' | 'also'>> & Pick<Key, 'secret'>);
export type Format = readonly [issuer: string, kind: string, make: (parts: Parts) => Made];

/** Pieces that keys are put together from. */
export interface Parts {
  readonly random: Random;
  /** Letters and digits. */
  an(length: number): string;
  hex(length: number): string;
  /** Small letters and digits. */
  low(length: number): string;
  /** Capitals and digits. */
  up(length: number): string;
  url(length: number): string;
  b64(length: number): string;
  num(length: number): string;
  uuid(): string;
  /** Letters and digits of `length`, of which the last six are the CRC-32 of those before, as GitHub and npm do it. */
  checked(length: number): string;
}
