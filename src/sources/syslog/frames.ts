import { createPassage, hereIn, type Passed } from './passage.ts';

/**
 * The two framings of syslog over TCP (https://www.rfc-editor.org/rfc/rfc6587#section-3.4): `57 <34>…` and `<34>…\n`, the
 * latter also ended by NUL, or a line without a priority. Which one it is shows at each frame's first bytes; where no
 * priority is behind the first number, at what stands where a message of so many bytes would end.
 */
export interface Frames {
  /**
   * The bytes that go on: all of the chunk, changed in place, in pieces of which each must be sent before the next is taken. A
   * count stands right behind the last byte of a message, where it would be taken for the end of a key, so its digits become
   * newlines; where it is in doubt whether they are a count, the word before them comes twice: alone, and with them. What is
   * packed in a message comes in its place. Fewer than 14 bytes are held back while it shows whether they are a count.
   */
  take(chunk: Buffer): Generator<Framed>;
  /** What is held back, or is malformed, or is of a packed message that has not come to its end. */
  rest(): Framed;
  /** Whether the last message that began was counted, and has a priority. */
  counted(): boolean;
}

export interface Framed extends Passed {
  /** A connection that counts did not, behind these bytes: where the next message begins is not known. */
  readonly malformed?: boolean;
}

const NOTHING = Buffer.alloc(0);

/** `before`: the last bytes that were sent, at most so many. */
export const createFrames = (before: (most: number) => Buffer): Frames => {
  const passage = createPassage(before);
  const { walk } = passage;
  let held: Buffer = NOTHING;
  /** Of what is held, so much was sent and comes again. */
  let again = 0;
  return {
    *take(chunk) {
      const here = hereIn(held.length === 0 ? chunk : Buffer.concat([held, chunk]), again);
      yield* passage.pass(here);
      const { bytes } = here.ground;
      // A word that comes again is not sent before it shows what stands behind it.
      const end = walk.stop === 'claim' ? here.from : here.at;
      held = Buffer.from(bytes.subarray(end));
      again = here.at - end;
      walk.claim -= end;
      const ended = walk.left === 0 && !walk.inLine;
      yield { bytes: bytes.subarray(here.from, end), ended, malformed: walk.stop === 'malformed' };
    },
    rest: () => passage.open() ?? { bytes: held, ended: false },
    counted: () => walk.counts,
  };
};
