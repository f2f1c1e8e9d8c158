import { decoders } from '../../src/scan/decoders/index.ts';
import { type Trigger, triggers } from '../../src/scan/kernel/kernel.ts';
import type { Decode, Place, Reading, Sizes, Text } from '../../src/scan/text.ts';

/** Longest key with its edges in any encoding, and the longest piece: small, so that borders are met. */
export const sizes: Sizes = { overlap: 2048, piece: 16_384 };

/** What wakes a decoder up, roughly: more often than the kernel does, never less. */
const signs: Readonly<Record<Trigger, RegExp>> = {
  base64: /[A-Za-z0-9+/_-]{20,}/g,
  hex: /[0-9A-Fa-f]{28,}/g,
  percent: /%(?:[2-7][0-9A-Fa-f]|u[0-9A-Fa-f]{4})/g,
  backslash: /\\(?:[uUxN1-7_]|0[0-7])|(?<=[A-Za-z0-9+])\\\//g,
  entity: /&(?:#|amp;#|[A-Za-z]{3,16};)/g,
  quoted: /=(?:[2-7][0-9A-F]|[ \t]{0,4}\r?\n)/g,
  zero: /[^\0](?:\0[^\0]){8}/g,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  ansi: /\x1b\[/g,
  invisible: /\u00c2\u00ad|\u00e2\u0080[\u008b-\u008f]|\u00e2\u0081\u00a0|\u00ef\u00bb\u00bf/g,
  joint: /["'`]\s*(?:\+|\.\.?|&(?: _)?|<>|\|\|)[\s+]*["'`]|["'`]\s*["'`]/g,
  codes: /(?:[2-7][0-9A-Fa-f] ){4,}|(?:[2-7][0-9A-Fa-f]:){4,}/g,
};
const runs: ReadonlySet<Trigger> = new Set(['base64', 'hex', 'zero', 'codes']);

/** Offsets at which the kernel reports a trigger: the first in each aligned 64 bytes. */
const hitsOf = (trigger: Trigger, { bytes, start, end }: Text): readonly number[] => {
  const shown = bytes.toString('latin1', start, end);
  const hits: number[] = [];
  let block = -1;
  const add = (at: number): void => {
    if (Math.floor(at / 64) > block) hits.push(at);
    block = Math.max(block, Math.floor(at / 64));
  };
  for (const { index, 0: run } of shown.matchAll(signs[trigger])) {
    add(start + index);
    if (runs.has(trigger)) for (let at = start + index; at < start + index + run.length - 16; at += 1) add(at);
  }
  return hits;
};

export interface Found {
  readonly via: readonly string[];
  readonly place: Place;
  readonly reading: Reading;
}

/** Decoders as a scanner has them: made once, called for each hit that is not done with. */
export const createReader = (bounds: Sizes = sizes) => {
  const made = new Map<Trigger, Decode>(triggers.map((trigger) => [trigger, decoders[trigger](bounds)]));

  /** What one decoder reads in a text. */
  const readingsOf = (trigger: Trigger, text: Text): readonly Reading[] => {
    const found: Reading[] = [];
    let done = 0;
    for (const at of hitsOf(trigger, text)) {
      if (at < done) continue;
      done = made.get(trigger)?.(text, at, (one) => found.push({ ...one, bytes: one.bytes.slice() })) ?? 0;
      if (done <= at) throw new Error(`${trigger} does not move on`);
    }
    return found;
  };

  const allReadings = (text: Text): readonly Reading[] => triggers.flatMap((trigger) => readingsOf(trigger, text));

  /** Where a key stands in a text, however deep it is encoded. */
  const find = (text: Text, key: string, depth = 4): readonly Found[] =>
    allReadings(text).flatMap((reading) => {
      const via = [...text.via, reading.name, ...(reading.packed ? [reading.packed] : [])];
      const here: Found[] = [];
      const shown = Buffer.from(reading.bytes).toString('latin1');
      for (let at = shown.indexOf(key); at >= 0; at = shown.indexOf(key, at + 1)) {
        here.push({ via, reading, place: reading.place(at, at + key.length) });
      }
      if (depth === 1 || via.length >= 4) return here;
      const sheet = Buffer.concat([Buffer.alloc(64), reading.bytes, Buffer.alloc(64)]);
      const { cutStart, cutEnd } = reading;
      const inner = { bytes: sheet, start: 64, end: 64 + reading.bytes.length, cutStart, cutEnd, via, even: true };
      const deeper = find(inner, key, depth - 1).map((one) => ({
        ...one,
        place: reading.place(one.place.start - 64, one.place.end - 64),
      }));
      return [...here, ...deeper];
    });

  return { readingsOf, allReadings, find };
};

/** A text as it came, with other bytes around it that nobody may read. */
export const textOf = (
  content: string | Buffer,
  { around = 64, ...more }: Partial<Text> & { around?: number } = {},
): Text => {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
  const filler = Buffer.alloc(around, 'Zz');
  const whole = Buffer.concat([filler, bytes, filler]);
  const even = around % 2 === 0;
  return {
    bytes: whole,
    start: around,
    end: around + bytes.length,
    cutStart: false,
    cutEnd: false,
    via: [],
    even,
    ...more,
  };
};
