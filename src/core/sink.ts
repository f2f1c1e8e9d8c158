import type { Secret } from './secret.ts';

/** Where a new key is put for those who use it. Its errors never hold the key. */
export interface Sink {
  /** The reference, for people: where it is, no secret in it. */
  readonly name: string;
  /** Resolves when the store says that it has it. Errors: `Fault` `sink.unwritable`. */
  put(value: Secret): Promise<void>;
  /** What stands there now; absent where nobody can look (a command). Undefined: nothing does. Errors: `Fault` `sink.unreadable`. */
  readonly get?: () => Promise<Secret | undefined>;
}
