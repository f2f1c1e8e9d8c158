import { createClaims } from './claims.ts';
import { createEnds, isBlank, isPriority } from './counts.ts';
import { allOf, isDamaged, type Opened } from './packed-message.ts';
import { createParts, type Parts } from './parts.ts';
import { createWalk, type Ground, goOn, type Walk } from './walk.ts';

/** Two, because one behind a NUL may be half of a letter in UTF-16, for which the scanner would wait. */
export const LINE_END = Buffer.from('\n\n');
/** Longer than any key, in any encoding that is looked into. */
const MOST_OF_WORD = 16 * 1024;
/** So many bytes of what seems packed are looked at first. */
const LOOK = 512;

/** Bytes that are walked over; those from `from` on have not gone on yet. */
interface Here {
  ground: Ground;
  from: number;
  at: number;
}

/** What goes on before the end of a chunk, because it is not what stands there. */
export interface Passed extends Pick<Opened, 'wrong'> {
  readonly bytes: Buffer;
  /** A message ends with the last byte. */
  readonly ended: boolean;
}

/** Goes over chunks to where more must come. `before`: the last bytes that were sent, at most so many. */
export const createPassage = (before: (most: number) => Buffer) => {
  const walk = createWalk();
  const claims = createClaims(walk, before);
  let parts: Parts | undefined;

  function* gather(here: Here): Generator<Passed> {
    if (!parts) return;
    here.at = parts.add(here.ground.bytes, here.at);
    here.from = here.at;
    if (!parts.isOver()) return;
    const one = parts.open();
    walk.left = parts.left();
    walk.counts = isPriority(one.text[0]);
    parts = undefined;
    const { clear, ...rest } = one;
    if (clear && walk.framing === 'lines') {
      turnBack(here, clear);
      asLine(walk);
      yield unpacked(rest, true);
    } else yield unpacked(one, walk.left === 0);
  }
  return {
    walk,
    *pass(here: Here): Generator<Passed> {
      yield* gather(here);
      while (!parts) {
        here.at = goOn(walk, here.ground, here.at);
        const is = walk.stop === 'claim' ? claims.ask(here.ground.bytes, here.at) : walk.stop;
        if (is === 'packed') {
          const start = here.ground.bytes.subarray(here.at, here.at + Math.min(walk.left, LOOK));
          const isLine = walk.framing === 'lines' && isDamaged(start);
          yield { bytes: passed(here), ended: false, ...(isLine && { wrong: 'malformed' }) };
          if (isLine) asLine(walk);
          else parts = createParts(walk.left);
          yield* gather(here);
        } else if (is === 'split') {
          const text = passed(here);
          const word = lastWord(Buffer.concat([before(MOST_OF_WORD), text]));
          yield { bytes: Buffer.concat([text, LINE_END]), ended: true };
          turnBack(here, word);
          here.at = word.length;
          walk.claim = word.length;
        } else if (is !== 'settled') return;
      }
    },
    /** A packed message that has not come to its end. */
    open: () => parts && unpacked(parts.open(), parts.left() === 0),
  };
};

export const hereIn = (bytes: Buffer, at: number): Here => ({ ground: groundOf(bytes), from: 0, at });
const groundOf = (bytes: Buffer): Ground => ({ bytes, endAfter: createEnds(bytes) });

/** What only looks packed ends where its line does: whoever writes into a line must not have others taken for a part of it. */
const asLine = (walk: Walk): void => {
  [walk.left, walk.inLine] = [0, true];
};

/** Bytes come once more, before what is not passed yet. */
const turnBack = (here: Here, bytes: Buffer): void => {
  here.ground = groundOf(Buffer.concat([bytes, here.ground.bytes.subarray(here.at)]));
  [here.from, here.at] = [0, 0];
};

const passed = (here: Here): Buffer => {
  const bytes = here.ground.bytes.subarray(here.from, here.at);
  here.from = here.at;
  return bytes;
};

/** It has an end of its own, for a line may follow, whose beginning is no count; but what only looks packed may be a line. */
const unpacked = (opened: Opened, isWhole: boolean): Passed => {
  const { wrong, clear } = opened;
  const ended = isWhole && !clear;
  const bytes = allOf(opened);
  return { bytes: ended ? Buffer.concat([bytes, LINE_END]) : bytes, ended, ...(wrong && { wrong }) };
};

const lastWord = (bytes: Buffer): Buffer => {
  const most = Math.max(0, bytes.length - MOST_OF_WORD);
  let start = bytes.length;
  while (start > most && !isBlank(bytes[start - 1])) start -= 1;
  return bytes.subarray(start);
};
