import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sample } from '../src/core/sample.ts';
import { createHeal } from '../src/scan/decoders/heal.ts';
import { inflate } from '../src/scan/decoders/inflate.ts';
import { triggers } from '../src/scan/kernel/kernel.ts';
import type { Reading, Text } from '../src/scan/text.ts';
import { createReader, sizes, textOf } from './support/decoding.ts';

const hex = (code: number): string => code.toString(16).padStart(2, '0');
const each = (text: string, write: (code: string) => string): string =>
  [...text].map((letter) => write(hex(letter.charCodeAt(0)))).join('');

/** Ways to write any ASCII text. */
const writers: Readonly<Record<string, (text: string) => string>> = {
  base64: (text) => Buffer.from(text).toString('base64'),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  hex: (text) => Buffer.from(text).toString('hex'),
  percent: (text) => each(text, (code) => `%${code}`),
  escape: (text) => each(text, (code) => `\\u00${code}`),
  braces: (text) => each(text, (code) => `\\u{${code}}`),
  entity: (text) => each(text, (code) => `&#x${code};`),
  quoted: (text) => each(text, (code) => `=${code.toUpperCase()}`),
  'utf-16le': (text) => Buffer.from(text, 'utf16le').toString('latin1'),
  'utf-16be': (text) => Buffer.from(text, 'utf16le').swap16().toString('latin1'),
  ansi: (text) => [...text].join('\x1b[1m'),
  joined: (text) => (text.match(/.{1,9}/gs) ?? []).map((part) => `"${part}"`).join(' + '),
};

const letters = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+/'];
const keys = fc.string({ unit: fc.constantFrom(...letters), minLength: 24, maxLength: 100 });
const encoded = fc
  .tuple(fc.constantFrom(...Object.keys(writers)), keys)
  .map(([name, text]) => writers[name]?.(text) ?? '');
const scraps = fc.oneof(
  encoded,
  fc.string({ maxLength: 20 }),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  fc.constantFrom(
    '\\',
    '\\\\',
    '%25',
    '&amp;',
    '=\r\n',
    '\n',
    '" +\n"',
    '""',
    '\x1b[',
    '\u00e2\u0080\u008b',
    'H4sIAAAAAAAA'.repeat(8),
    '\0',
    'KLUv/',
  ),
);
const texts = fc.array(scraps, { maxLength: 8 }).map((parts) => parts.join(''));

test.each(Object.entries(writers))('whatever is written in %s is read', (_, write) => {
  fc.assert(
    fc.property(
      keys,
      fc.constantFrom(' ', '\n', '"', '>', '('),
      fc.integer({ min: 0, max: 70 }),
      (key, before, around) => {
        const text = textOf(`${before}${write(key)} `, { around });
        expect(createReader().find(text, key, 1).length).toBeGreaterThan(0);
      },
    ),
    { numRuns: 60 },
  );
});

describe('never invents', () => {
  const code = (digits: string): number => Number.parseInt(digits, 16);
  /** What the bytes at a place say by the letter of the encoding; by other means than the decoders'. */
  const says: Readonly<Record<string, (stands: string) => number>> = {
    percent: (stands) => code(/^%(..)$/.exec(stands)?.[1] ?? ''),
    escape: (stands) =>
      stands.startsWith('\\u') || stands.startsWith('\\x')
        ? code(/[0-9a-f]+/i.exec(stands.slice(2))?.[0] ?? '')
        : Number.NaN,
    entity: (stands) => code(/^&#x(..);$/.exec(stands)?.[1] ?? ''),
    'quoted-printable': (stands) => code(/^=(..)$/.exec(stands)?.[1] ?? ''),
    'utf-16le': (stands) => Buffer.from(stands, 'latin1').readUInt16LE(),
    'utf-16be': (stands) => Buffer.from(stands, 'latin1').readUInt16BE(),
  };
  const runs: Readonly<Record<string, (stands: string) => Buffer>> = {
    base64: (stands) => Buffer.from(stands.replaceAll(/[\s=]/g, ''), 'base64'),
    hex: (stands) => Buffer.from(stands.replaceAll(/\s/g, ''), 'hex'),
  };

  const expectTrue = (text: Text, { name, packed, bytes, place }: Reading): void => {
    const whole = place(0, bytes.length);
    expect([whole.start >= text.start, whole.end <= text.end]).toEqual([true, true]);
    if (packed) return;
    const run = runs[name];
    if (run) {
      expect(run(text.bytes.toString('latin1', whole.start, whole.end)).toString('latin1')).toBe(
        Buffer.from(bytes).toString('latin1'),
      );
      return;
    }
    const wrong = Array.from(bytes, (byte, i) => {
      const { start, end } = place(i, i + 1);
      const stands = text.bytes.toString('latin1', start, end);
      if (end === start + 1) return stands.charCodeAt(0) === byte ? '' : `${stands} is not ${byte}`;
      const said = says[name]?.(stands) ?? Number.NaN;
      return said === byte || Number.isNaN(said) || said >= 0x80 ? '' : `${stands} is not ${byte}`;
    });
    expect(wrong.filter((one) => one !== '')).toEqual([]);
  };

  test('every byte of a reading is written where its place says', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 0, max: 70 }), (content, around) => {
        const text = textOf(content, { around });
        for (const reading of createReader().allReadings(text)) expectTrue(text, reading);
      }),
      {
        numRuns: 200,
        examples: [
          [`\0\0\0${'a\0'.repeat(24)}a`, 0],
          [`\\\0\0\0${'a\0'.repeat(24)}a`, 0],
        ],
      },
    );
  });

  test('what stands outside of the text is not read', () => {
    fc.assert(
      fc.property(texts, fc.uint8Array({ minLength: 64, maxLength: 64 }), fc.boolean(), (content, other, cut) => {
        const text = textOf(content, { cutStart: cut, cutEnd: cut });
        const bytes = Buffer.from(text.bytes);
        bytes.set(other, 0);
        bytes.set(other, text.end);
        const shown = (one: Text) =>
          createReader()
            .allReadings(one)
            .map((reading) => ({ ...reading, place: reading.place(0, reading.bytes.length) }));
        expect(shown({ ...text, bytes })).toEqual(shown(text));
      }),
      { numRuns: 150 },
    );
  });
});

describe('borders', () => {
  test('what touches a border where the flow goes on says so', () => {
    const key = sample('border', 60);
    for (const [name, write] of Object.entries(writers)) {
      const stands = write(key);
      for (const cut of [stands.length - 1, stands.length - 7, Math.floor(stands.length * 0.7)]) {
        const text = textOf(` ${stands.slice(0, cut)}`, { cutEnd: true });
        for (const { bytes, place, cutEnd } of createReader().allReadings(text)) {
          if (place(0, bytes.length).end >= text.end - 1) expect([name, cut, cutEnd]).toEqual([name, cut, true]);
        }
      }
      const whole = createReader().find(textOf(` ${stands} and`, { cutEnd: true }), key, 1);
      expect([name, whole.some(({ reading }) => !reading.cutEnd)]).toEqual([name, true]);
    }
  });

  test('what touches the start where the flow came from further says so', () => {
    const key = sample('border', 90);
    for (const [name, write] of Object.entries(writers)) {
      // The end of a brace looks like the end of a word.
      const cuts = name === 'joined' ? [1, 2, 4] : [0, 1, 2, 4, 12];
      if (name === 'braces') continue;
      const stands = write(key);
      for (const cut of cuts) {
        const text = textOf(`${stands.slice(cut)} and`, { cutStart: true, even: cut % 2 === 0 });
        for (const { bytes, place, cutStart } of createReader().allReadings(text)) {
          if (place(0, bytes.length).start <= text.start + 1) expect([name, cut, cutStart]).toEqual([name, cut, true]);
        }
      }
    }
  });

  test('a key at the end of a piece is found although nothing encoded follows', () => {
    const key = `sk_${sample('end of a piece', 40)}`;
    for (let length = sizes.piece - 120; length < sizes.piece + 8; length += 4) {
      const content = `${'%41.'.repeat(length / 4)}${key.replace('_', '%5F')}.${'b.'.repeat(5000)}`;
      expect([length, createReader().find(textOf(content), `${key}.`, 1).length > 0]).toEqual([length, true]);
    }
  });

  test('base64 of keys, one on a line, is not taken for one text', () => {
    const keys = Array.from({ length: 20 }, (_, i) => `sk_${sample(`line ${i}`, 57)}`);
    const text = textOf(keys.map((key) => Buffer.from(key).toString('base64')).join('\n'));
    const shown = createReader()
      .allReadings(text)
      .map(({ bytes }) => Buffer.from(bytes).toString('latin1'));
    for (const key of keys) expect(shown).toContain(key);
  });

  test('the place of a part of base64 is the characters that hold its bits', () => {
    const content = sample('bits', 300);
    const whole = Buffer.from(content).toString('base64');
    for (const width of [400, 76]) {
      const written = (whole.match(new RegExp(`.{1,${width}}`, 'g')) ?? []).join('\n');
      const text = textOf(` ${written}\n`);
      const [reading] = createReader().readingsOf('base64', text);
      const at = (index: number): number => text.start + 1 + index + Math.floor(index / width);
      for (let from = 0; from < 290; from += 7) {
        for (const to of [from + 1, from + 2, from + 3, from + 10]) {
          const place = reading?.place(from, to);
          expect(place).toEqual({ start: at(Math.floor((from * 8) / 6)), end: at(Math.floor((to * 8 - 1) / 6)) + 1 });
        }
      }
    }
  });

  test('no key is lost where a long text is taken to pieces', () => {
    const many = Array.from({ length: 450 }, (_, i) => sample(`many ${i}`, 40));
    for (const name of ['base64', 'hex', 'percent', 'escape', 'entity', 'utf-16le'] as const) {
      for (const pad of [0, 1, 30]) {
        const text = textOf(`${' '.repeat(64)}${writers[name]?.(`${'-'.repeat(pad)}${many.join('~')}`)}`);
        const beginning = `${'-'.repeat(pad)}${many[0]}`;
        const whole = createReader()
          .allReadings(text)
          .map(({ bytes, cutStart, cutEnd }) => ({ text: Buffer.from(bytes).toString('latin1'), cutStart, cutEnd }));
        const shown = whole.map(({ text: all, cutStart, cutEnd }) =>
          all.slice(cutStart ? 40 : 0, cutEnd ? -40 : undefined),
        );
        // What does not say that it is cut has a border of all there is.
        for (const one of whole.filter((each) => many.some((key) => each.text.includes(key)))) {
          if (!one.cutStart)
            expect([name, pad, one.text.replace(/^[ \x80]+/, '').startsWith(beginning)]).toEqual([name, pad, true]);
          if (!one.cutEnd) expect([name, pad, one.text.endsWith(many.at(-1) ?? '')]).toEqual([name, pad, true]);
        }
        const lost = many.filter((key) => !shown.some((one) => one.includes(key)));
        expect([name, pad, lost]).toEqual([name, pad, []]);
      }
    }
  });
});

describe('work is linear', () => {
  const anchor = 'sk_';
  const small = { overlap: 256, piece: 1024 };
  const hostile: readonly string[] = [
    ' ',
    'a',
    'QUFB',
    '736b',
    '%41',
    '%2',
    '\\u0041',
    '\\',
    '\\\\',
    '\\137',
    '&#95',
    '&amp;',
    '&#9;',
    '=41',
    '=\n',
    '=',
    'a=\r\n',
    '\0',
    'a\0',
    '\0\0a',
    '\x1b[m',
    'a\x1b[1',
    '\u00e2\u0080\u008b',
    'a\u00c2\u00ad',
    '"',
    "''",
    '"a"+',
    '"+"',
    '"\n',
    '" + \n',
    'sk_\n',
    'sk_\\\n',
    'sk_<b>',
    'sk_ ',
    'sk_a1B2 ',
    'sk_"+"',
    `${'QUFB'.repeat(19)}\n`,
    `  ${'QUFB'.repeat(19)}\r\n`,
    `sk_${'a1B'.repeat(30)}\n`,
    'sk_\n  ',
    '{',
    '\\u{',
    '\\N{',
    'H4sI',
    '41 ',
    '73:6b:',
    '99 ',
    '20 32 24 101 ',
  ];

  /** Counts the bytes that are looked at. */
  const counted = (text: Text) => {
    let count = 0;
    const bytes = new Proxy(text.bytes, {
      get(target, name) {
        if (typeof name === 'string' && name.charCodeAt(0) <= 0x39) count += 1;
        const value = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    return { text: { ...text, bytes }, count: () => count };
  };

  test.each(hostile.map((part) => [JSON.stringify(part), part] as const))('%s', (_, part) => {
    const content = part.repeat(Math.ceil(6000 / part.length));
    const { text, count } = counted(textOf(content, { cutEnd: true }));
    const reader = createReader(small);
    let given = 0;
    for (const trigger of triggers)
      given += reader.readingsOf(trigger, text).reduce((sum, { bytes }) => sum + bytes.length, 0);
    const decoding = count();
    const heal = createHeal(small);
    for (let from = content.indexOf(anchor); from >= 0; from = content.indexOf(anchor, from + 1)) {
      heal(text, { from: from + text.start, to: from + text.start + 3, before: 0, after: 100 });
    }
    expect([
      part,
      decoding / content.length < 40,
      given / content.length < 6,
      (count() - decoding) / content.length < 600,
    ]).toEqual([part, true, true, true]);
  });
});

const roomOf = (most: number) => {
  const room = {
    taken: 0,
    exceeded: 0,
    most: () => most,
    take(bytes: number) {
      room.taken += bytes;
    },
    exceed(bytes: number) {
      room.exceeded += bytes;
    },
  };
  return room;
};

describe('packed', () => {
  test('the end may be missing; broken bytes, and nothing, are nothing', () => {
    const packed = gzipSync('a line, and another\n'.repeat(5) + sample('packed', 2000));
    expect(inflate(packed.subarray(0, 600), roomOf(1 << 20))?.toString('latin1')).toMatch(/^a line, and another\n/);
    for (const bytes of ['', 'no', packed.subarray(0, 12)])
      expect(inflate(Buffer.from(bytes), roomOf(1 << 20))).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom('1f8b0800', '789c', '28b52ffd'), (bytes, head) => {
        expect(inflate(Buffer.concat([Buffer.from(head, 'hex'), bytes]), roomOf(1 << 20))?.length ?? 0).toBeLessThan(
          1 << 13,
        );
      }),
    );
  });

  test('a bomb is cut, and that is told', () => {
    const bomb = gzipSync(Buffer.alloc(1 << 24));
    const none = roomOf(100_000);
    expect(inflate(bomb, none)).toBeUndefined();
    expect(none.exceeded).toBeGreaterThan(0);
    const log = Array.from({ length: 2000 }, (_, n) => `${sample(`line ${n}`, 20)} ${'repeated '.repeat(53)}\n`).join(
      '',
    );
    const some = roomOf(300_000);
    expect(inflate(gzipSync(log), some)?.length).toBeLessThanOrEqual(300_000);
    expect(some.taken).toBeGreaterThan(50_000);
    expect(some.exceeded).toBeGreaterThan(0);
    const enough = roomOf(1_000_000);
    expect(inflate(gzipSync(log), enough)?.toString()).toBe(log);
    expect([enough.taken, enough.exceeded]).toEqual([log.length, 0]);
  });
});
