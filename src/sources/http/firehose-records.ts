import { peek } from '../peek.ts';
import { BadPacking, unpacked } from '../unpacked.ts';
import { packingOf, START } from './encodings.ts';
import type { Why } from './refusal.ts';

/** As much of a string as says whether it is base64. */
const HEAD = { least: 4_096, most: 4_096 };
/** As much of one as tells whether it is a name, or what stands behind that. */
const MARK = { least: 16, most: 16 };

const QUOTE = Buffer.from('"');
/** Nothing of one record touches the next, nor goes on in it. */
const LINE_ENDS = Buffer.from('\n\n');
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** A slash may be written with another one before it. */
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1').replaceAll('\\', '');

/**
 * The records of a body, each as it was before it was put into base64, and packed: it is JSON, of which nothing is parsed but where
 * strings begin and end. What is none of it stays as it is. `most`: what all of them may be, in bytes.
 */
export const createFirehoseRecords = (most: number) => {
  let wrong: Why | undefined;
  let bytes = 0;
  const unsound = (): void => {
    wrong ??= 'malformed';
  };

  async function* record(string: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
    const head = await peek(string, HEAD);
    if (!BASE64.test(textOf(head.start))) return yield* head.all;
    const { start, all } = await peek(decoded(head.all, unsound), START);
    const packing = packingOf('', start);
    if (!packing) return yield* all;
    if (packing.holds > 0) throw new BadPacking('no room is held for its window');
    yield* unpacked(all, packing.unpack());
  }
  async function* bounded(string: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      for await (const part of record(string)) {
        bytes += part.length;
        if (bytes > most) wrong = 'too-large';
        if (bytes > most) return;
        yield part;
      }
    } catch (error) {
      if (!(error instanceof BadPacking)) throw error;
      wrong ??= 'packed'; // The next one may be sound.
    }
  }
  async function* texts(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const strings = createStrings(chunks);
    for (let [name, mark] = ['', '']; !strings.isOver() && bytes <= most; yield strings.isOver() ? LINE_ENDS : QUOTE) {
      const part = strings.next();
      if (name === 'data' && mark.trim() === ':') {
        yield LINE_ENDS;
        yield* bounded(part);
        yield LINE_ENDS;
        await strings.rest(part);
        [name, mark] = ['', ''];
        continue;
      }
      const { start, all } = await peek(part, MARK);
      [name, mark] = [mark, start.toString('latin1')];
      yield* all;
    }
  }
  return { texts, fault: () => wrong };
};

/** What was put into base64; from where on it is none, as it came. */
async function* decoded(chars: AsyncIterable<Uint8Array>, unsound: () => void): AsyncGenerator<Buffer> {
  let [carry, isSound] = ['', true];
  for await (const more of chars) {
    const text = carry + textOf(more);
    if (isSound && !BASE64.test(text)) {
      isSound = false;
      unsound();
    }
    const end = isSound ? text.length - (text.length % 4) : text.length;
    carry = text.slice(end);
    yield Buffer.from(text.slice(0, end), isSound ? 'base64' : 'latin1');
  }
  yield Buffer.from(carry, 'base64');
}

/** What stands between the quotes of a text, part by part: it begins outside of them. */
const createStrings = (chunks: AsyncIterable<Uint8Array>) => {
  const coming = chunks[Symbol.asyncIterator]();
  let held: Uint8Array = Buffer.alloc(0);
  let [isOver, isInside] = [false, false];

  async function* next(): AsyncGenerator<Uint8Array> {
    isInside = true;
    while (isInside) {
      if (held.length === 0) {
        const more = await coming.next();
        isOver = more.done === true;
        if (more.done) return;
        held = more.value;
      }
      const at = held.indexOf(QUOTE[0] ?? 0);
      const part = at < 0 ? held : held.subarray(0, at);
      held = held.subarray(at < 0 ? held.length : at + 1);
      isInside = at < 0;
      yield part;
    }
  }
  return {
    next,
    isOver: () => isOver,
    /** Passes over what was not taken of a part: who takes it may fail, and be waiting for more at that time. */
    async rest(part: AsyncGenerator<Uint8Array>): Promise<void> {
      for await (const _ of part);
      if (isInside && !isOver) for await (const _ of next());
    },
  };
};
