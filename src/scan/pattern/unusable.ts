/** A pattern that cannot be used, and why. Its message is a sentence for whoever wrote the pattern. */
export class UnusablePattern extends Error {
  readonly reason: string;
  /** Characters of the pattern before the fault; undefined when it is no single place. */
  readonly offset: number | undefined;

  constructor(reason: string, offset?: number) {
    super(offset === undefined ? reason : `${reason} (at character ${offset + 1})`);
    this.name = 'UnusablePattern';
    this.reason = reason;
    this.offset = offset;
  }
}
