/** A rule pack of which nothing can be used, and why. Its message is for whoever wrote the pack. */
export class UnusablePack extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'UnusablePack';
  }
}
