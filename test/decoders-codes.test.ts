import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sample } from '../src/core/sample.ts';
import { createCodes } from '../src/scan/decoders/codes.ts';
import type { Reading, Text } from '../src/scan/text.ts';
import { sizes, textOf } from './support/decoding.ts';

const key = `sk_live_${sample('codes', 40)}`;
const codes = [...key].map((letter) => letter.charCodeAt(0));
const hex = codes.map((code) => code.toString(16));
const dump = (group: number, gutter: boolean, colon: string): string =>
  (key.match(/.{1,16}/g) ?? [])
    .map((line, i) => {
      const offset = (i * 16).toString(16).padStart(8, '0');
      const pairs =
        Buffer.from(line)
          .toString('hex')
          .match(new RegExp(`.{1,${group}}`, 'g')) ?? [];
      return `${offset}${colon} ${pairs.join(' ')}${gutter ? `  |${line}|` : ''}\n`;
    })
    .join('');

/** Every place of a number in a block that no earlier reading is done with, as the kernel would. */
const readingsOf = (text: Text): readonly Reading[] => {
  const decode = createCodes(sizes);
  const found: Reading[] = [];
  let done = 0;
  let block = -1;
  for (let at = text.start; at < text.end; at += 1) {
    const digit = (text.bytes[at] ?? 0) >= 0x30 && (text.bytes[at] ?? 0) <= 0x39;
    if (at < done || !digit || Math.floor(at / 64) === block) continue;
    block = Math.floor(at / 64);
    done = decode(text, at, (one) => found.push({ ...one, bytes: one.bytes.slice() }));
    expect(done).toBeGreaterThan(at);
  }
  return found;
};

test.each([
  ['pairs', 'hex', `<Buffer ${hex.join(' ')}>`],
  ['pairs with colons', 'hex', hex.join(':')],
  ['pairs with minus signs, capital', 'hex', hex.join('-').toUpperCase()],
  ['an array of C', 'hex', `{ ${hex.map((one) => `0x${one}`).join(', ')} }`],
  [
    'an array of C over lines',
    'hex',
    `{\n${hex.map((one, i) => `0x${one},${i % 8 === 7 ? '\n  ' : ' '}`).join('')}\n}`,
  ],
  ['a Buffer in JSON', 'decimal', `{"type":"Buffer","data":[${codes.join(',')}]}`],
  ['a Buffer in indented JSON', 'decimal', `{\n "data": [\n    ${codes.join(',\n    ')}\n  ]\n}`],
  ['numbers and blanks', 'decimal', codes.join(' ')],
  ['chr', 'decimal', codes.map((code) => `chr(${code})`).join('.')],
  ['Chr', 'decimal', codes.map((code) => `Chr(${code})`).join(' & ')],
  ['fromCharCode', 'decimal', `String.fromCharCode(${codes.join(', ')})`],
  ['hexdump -C', 'hex', dump(2, true, ' ')],
  ['xxd', 'hex', dump(4, true, ':')],
  ['a dump without text', 'hex', dump(2, false, ':')],
])('numbers of characters: %s', (_, name, content) => {
  for (const around of [0, 64, 77]) {
    const text = textOf(`x = ${content};\n`, { around });
    const found = readingsOf(text).filter(({ bytes }) => Buffer.from(bytes).includes(key));
    expect(found.map((one) => one.name)).toContain(name);
    for (const { bytes, place } of found) {
      const at = Buffer.from(bytes).indexOf(key);
      const { start, end } = place(at, at + key.length);
      const first = name === 'hex' ? hex[0] : `${codes[0]}`;
      expect(text.bytes.toString('latin1', start, start + (first?.length ?? 0)).toLowerCase()).toBe(first);
      expect(end).toBeLessThanOrEqual(text.end);
    }
  }
});

test('what a number says is what its place says', () => {
  const scraps = fc.oneof(
    fc.constantFrom('115', '6b', '0x5f', ', ', ' ', '\n', ':', 'x', '00000010: '),
    fc.string({ maxLength: 4 }),
  );
  fc.assert(
    fc.property(fc.array(scraps, { maxLength: 80 }), (parts) => {
      const text = textOf(parts.join(''));
      for (const { name, bytes, place } of readingsOf(text)) {
        const said = Array.from(bytes, (_, i) => {
          const { start, end } = place(i, i + 1);
          return Number.parseInt(text.bytes.toString('latin1', start, end), name === 'hex' ? 16 : 10);
        });
        expect(said).toEqual([...bytes]);
      }
    }),
    { numRuns: 300 },
  );
});
