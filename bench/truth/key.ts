/** A key made for the corpus. */
export interface Key {
  /** Detector of the registry, or the name of a format of our own table. */
  readonly kind: string;
  readonly issuer: string;
  /** From the registry's examples, or from the bench's own knowledge of formats. */
  readonly by: 'registry' | 'format';
  readonly secret: string;
  /** Other extents that a person would call right as well (a password in a database's URL). */
  readonly also?: readonly string[];
  /** Text without which the key is none (a name beside it). */
  readonly before: string;
  readonly after: string;
  /** Characters, other than letters and digits, that its body may hold: such a one after it would belong to it. */
  readonly inner: string;
}

/** Makes a new key of a kind at each call. */
export interface KeyMaker {
  readonly kind: string;
  readonly issuer: string;
  readonly by: Key['by'];
  /** Can it make as many as are wanted, or has it only some? */
  readonly fresh: boolean;
  make(): Key;
}

/** What of a key may be shown. */
export const masked = (secret: string): string =>
  secret.length < 24 ? `${secret.slice(0, 3)}…` : `${secret.slice(0, 3)}…${secret.slice(-2)}`;
