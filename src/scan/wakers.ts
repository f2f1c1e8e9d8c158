import type { Trigger } from './kernel/kernel.ts';
import type { Anchor, ByteSet } from './pattern/anchor.ts';
import { digits, spans, union } from './pattern/byte-set.ts';
import { single } from './pattern/letters.ts';

/** What wakes a decoder as a trigger of the kernel does, but is a short sequence of bytes like the anchors of the rules. */
export interface Waker {
  readonly encoding: Trigger;
  readonly sets: readonly ByteSet[];
  /** Where what is to be decoded begins, from the sequence's first byte on. */
  readonly offset: number;
}

const hex = union([digits, spans('af', 'AF')]);
/** First digit of a byte of ASCII text. */
const high = spans('27');
const base64 = spans('09', 'AZ', 'az', '++', '//', '--', '__');
/** What may stand before a text in base64. */
const edge = spans('\n\n', '\r\r', '  ', '""', "''", '==', '::', ',,', '``', '>>', '((', '||');
const PACKED_TAIL = 12;
const blank = spans('\t\t', '  ');

const exactly = (text: string): readonly ByteSet[] => Array.from(Buffer.from(text, 'latin1'), single);
const times = (count: number, ...sets: readonly ByteSet[]): readonly ByteSet[] =>
  Array.from({ length: count }, () => sets).flat();
const codes = (...sets: readonly ByteSet[]): Waker => ({ encoding: 'codes', sets, offset: 0 });
/** A name before a list of decimal numbers. */
const called = (name: string): Waker => ({
  ...{ encoding: 'codes', offset: name.length },
  sets: [...exactly(name), digits, digits],
});
/** Base64 of what zlib packed: its first two bytes are few, and so are the letters that they begin with. */
const packed = (head: string, last: ByteSet): Waker => ({
  ...{ encoding: 'base64', offset: 1 },
  sets: [edge, ...exactly(head), last, ...times(PACKED_TAIL, base64)],
});

/** The decimal number of a small letter from d to w. */
const small = [single(0x31), spans('01'), digits];

export const wakers: readonly Waker[] = [
  ...['H4sI', 'KLUv'].map((head): Waker => ({ encoding: 'base64', sets: exactly(head), offset: 0 })),
  packed('eJ', spans('wz')),
  packed('eN', spans('or')),
  ...[', 0x', ',0x'].map((separator) => codes(...times(2, ...exactly(separator), high, hex), single(0x2c))),
  // A dump of xxd.
  codes(...exactly('0: '), ...times(2, high, hex, high, hex, single(0x20))),
  ...['Code(', '"data":[', 'hr('].map(called),
  // Bytes in JSON, as journald writes a message that has colours: two small letters on end, or one on a line of its own.
  codes(...times(2, single(0x2c), ...small), single(0x2c)),
  codes(blank, ...small, ...exactly(',\n'), blank),
];

/** They are looked for as anchors are, behind those of the rules. */
export const wakerAnchors: readonly Anchor[] = wakers.map(({ sets }) => ({
  ...{ rule: -1, sets, edge: false, checks: [], before: { least: 0, most: 0 }, after: { least: 0, most: 0 } },
}));
