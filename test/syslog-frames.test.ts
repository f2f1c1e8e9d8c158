import { deflateSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { sample } from '../src/core/sample.ts';
import { createFrames } from '../src/sources/syslog/frames.ts';

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');

/** What goes on of these chunks, and how it ended. */
const framed = (chunks: readonly string[]) => {
  let text = '';
  const frames = createFrames((most) => bytesOf(text).subarray(-most));
  let last = { ended: false, malformed: false };
  const wrong: string[] = [];
  for (const chunk of chunks) {
    for (const { bytes, ended, malformed = false, ...one } of frames.take(bytesOf(chunk))) {
      text += bytes.toString('latin1');
      last = { ended, malformed };
      if (one.wrong) wrong.push(one.wrong);
    }
    if (last.malformed) break;
  }
  const rest = frames.rest();
  if (rest.wrong) wrong.push(rest.wrong);
  return { gone: text, text: text + rest.bytes.toString('latin1'), wrong, ...last };
};

/** Every way to cut a text in two, and all of its bytes alone. */
const cuts = (text: string): readonly (readonly string[])[] => [
  [text],
  [...text],
  ...Array.from(text, (_, at) => [text.slice(0, at), text.slice(at)]),
];

/** What comes, what goes on of it, and whether it ends with a message. */
type Row = readonly [text: string, goesOn: string, end: 'ended' | 'open' | 'malformed'];
const rows: Readonly<Record<string, Row>> = {
  counted: ['9 <34>abcde14 <34>a\nb <3>cde', '\n <34>abcde\n\n <34>a\nb <3>cde', 'ended'],
  'counted, cut short': ['9 <34>abcde99 <34>abc', '\n <34>abcde\n\n <34>abc', 'open'],
  'counted, with line ends between': ['9 <34>abcde\n9 <34>abcde\r\n', '\n <34>abcde\n\n <34>abcde\r\n', 'ended'],
  'by lines': ['<34>a 12 <b>\n<34>b\n', '<34>a 12 <b>\n<34>b\n', 'ended'],
  'by NUL': ['<34>a\0<34>b\0', '<34>a\0<34>b\0', 'ended'],
  'lines without a priority': ['one\n2 two\n1700000000000 <three>\n', 'one\n2 two\n1700000000000 <three>\n', 'ended'],
  'a line that only looks counted': ['one\n12 <b>\nthree\nfour\n', 'one\n\n\n <b>\nthree\nfour\n', 'ended'],
  'each framing in turn': ['9 <34>abcde<34>line\n9 <34>abcde', '\n <34>abcde<34>line\n\n <34>abcde', 'ended'],
  'no end': ['<34>abc', '<34>abc', 'open'],
  'garbage after a count': ['9 <34>abcdeXYZ', '\n <34>abcdeXYZ', 'malformed'],
  'eleven digits': ['9 <34>abcde12345678901 <34>', '\n <34>abcde12345678901 <34>', 'malformed'],
  'a count of nought': ['9 <34>abcde0 <34>', '\n <34>abcde0 <34>', 'malformed'],
  'a long count': ['9999999999 <34>abc', '\n\n\n\n\n\n\n\n\n\n <34>abc', 'open'],
};

test.each(Object.keys(rows))('%s, however it is cut', (name) => {
  const [text, goesOn, end] = rows[name] ?? ['', '', 'open'];
  for (const chunks of cuts(text)) {
    const got = framed(chunks);
    expect({ chunks, ended: got.ended, malformed: got.malformed }).toEqual({
      ...{ chunks, ended: end !== 'open', malformed: end === 'malformed' },
    });
    // After what is malformed nothing more is taken.
    if (end === 'malformed') expect(goesOn.startsWith(got.text)).toBe(true);
    else expect(got.text).toBe(goesOn);
  }
});

const counted = (text: string): string => `${text.length} ${text}`;
/** As rsyslog packs a message. */
const packed = (text: string): string => `z${deflateSync(text).toString('latin1')}`;
/** Whether a word stands there with nothing of a word beside it. */
const stands = (text: string, word: string): boolean => new RegExp(`(?<![\\w])${word}(?!\\w)`).test(text);

const words = Array.from({ length: 7 }, (_, n) => `k${sample(`word ${n}`, 9)}`);
const said = words.map((word, n) => `${'it is '.repeat(n % 3)}token=${word}`);
const lines = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');

/** What comes, in which each word must stand alone in what goes on, however it is cut. */
const doubts: Readonly<Record<string, string>> = {
  'counted without a priority': said.map(counted).join(''),
  'counted, the first with a priority': [`<34>${said[0]}`, ...said.slice(1)].map(counted).join(''),
  'counted, the second with a priority': said.map((one, n) => counted(n === 1 ? `<34>${one}` : one)).join(''),
  'counted, with line ends within': said.map((one) => counted(`12 first\n${one}`)).join(''),
  'counted, with line ends behind': said.map((one) => `${counted(one)}\n`).join(''),
  'counted, with line ends that are counted': said.map((one) => counted(`${one}\r\n`)).join(''),
  'counted, empty ones between': said.map((one) => `${counted(one)}${counted('').repeat(2)}`).join(''),
  'lines of numbers': said.map((one) => `0 0 0 12 3 1 ${one}\n`).join(''),
  'lines that begin with numbers': said.map((one, n) => `${200 + n} ${one}\n`).join(''),
  'lines whose number says where a word ends': said.map((one) => `${counted(one)} more\n`).join(''),
  'some packed, some not': said.map((one, n) => counted(n % 2 ? one : packed(one))).join(''),
  'some packed, some lines': said.map((one, n) => (n % 2 ? `${one}\n` : counted(packed(one)))).join(''),
  'packed, some with a priority': said.map((one, n) => counted(packed(n % 2 ? `<34>${one}` : one))).join(''),
};
test.each(Object.keys(doubts))('%s: no word is glued to a count', (name) => {
  const text = doubts[name] ?? '';
  for (const chunks of cuts(text)) {
    const got = framed(chunks);
    const missing = words.filter((word) => !stands(got.text, word));
    expect({ chunks, missing, wrong: got.wrong }).toEqual({ chunks, missing: [], wrong: [] });
  }
});

test('numbers between blanks prove nothing: such lines go on as they are', () => {
  const table = Array.from({ length: 40 }, (_, n) => `0 0 ${n} 1 2 0 3 4 ${'1 '.repeat(n % 7)}end\n`).join('');
  for (const chunks of cuts(table)) {
    const got = framed(chunks);
    expect({ chunks, malformed: got.malformed, text: got.text.replaceAll(/\s+/g, ' ') }).toEqual({
      ...{ chunks, malformed: false, text: table.replaceAll(/\s+/g, ' ') },
    });
  }
});

test('a number that only seems to count, in the middle of a word, keeps the word whole', () => {
  for (const digits of [1, 2, 3, 4]) {
    const word = `kword${'1234'.slice(0, digits)}`;
    const line = `a line with ${word.slice(0, 5)}`;
    for (const rest of [' and more\n', ' ', '\n', ''])
      for (const chunks of cuts(`${counted(line)}${'1234'.slice(0, digits)}${rest}`))
        expect({ chunks, is: stands(framed(chunks).text, word) }).toEqual({ chunks, is: true });
  }
});

test('a message that is proved to be counted need have no priority, and must have a count', () => {
  const got = framed([`${said.map(counted).join('')}no count`]);
  expect(got.malformed).toBe(true);
  // The first two are read both ways.
  expect(lines(got.text).filter((line) => line.includes(words[3] ?? ''))).toEqual([` ${said[3]}`]);
});

test('what only looks packed goes on as it stands, at once, whatever length it claims', () => {
  for (const length of ['12', '15', '20', '60', '99999', '9999999999']) {
    const text = `one\n${length} zx^ two and ${words[0]}\nthree ${words[1]}\n`;
    for (const chunks of cuts(text)) {
      const frames = framed([...chunks, counted(packed(`four ${words[2]}`)), '\n']);
      expect({ chunks, at: [0, 1, 2].filter((n) => stands(frames.gone, words[n] ?? '')) }).toEqual({
        ...{ chunks, at: [0, 1, 2] },
      });
    }
  }
});

test('a packed message that is damaged, cut off or too long is told, and shows what can be had of it', () => {
  const text = Array.from({ length: 3_000 }, (_, n) => sample(`line ${n}`, 40)).join('\n');
  const whole = packed(text);
  const damaged = `${whole.slice(0, -2_000)}${'!'.repeat(2_000)}`;
  const rows = [
    [`${counted(damaged)}${counted(`<34>${words[0]}`)}`, 'malformed', 0.4],
    [counted(whole).slice(0, -2_000), 'malformed', 0.9],
    [`${counted(packed('a bomb '.repeat(1_000_000)))}${counted(`<34>${words[0]}`)}`, 'too_large', 0],
  ] as const;
  for (const [given, wrong, share] of rows) {
    const got = framed(given.match(/[\s\S]{1,40000}/g) ?? []);
    expect(got.wrong).toEqual([wrong]);
    const shown = text.split('\n').findIndex((line) => !got.text.includes(line));
    expect(shown < 0 ? 3_000 : shown).toBeGreaterThanOrEqual(share * 3_000);
    if (given.endsWith(words[0] ?? '')) expect(stands(got.text, words[0] ?? '')).toBe(true);
    expect(got.text.length).toBeLessThan(2_000_000);
  }
});

test('of a packed message that is longer than is kept, the beginning is unpacked', () => {
  const text = Array.from({ length: 9_000 }, (_, n) => sample(`line ${n}`, 40)).join('\n');
  const got = framed([`${counted(packed(text))}${counted(`<34>${words[0]}`)}`]);
  expect(got.wrong).toEqual(['too_large']);
  expect(text.split('\n').findIndex((line) => !got.text.includes(line))).toBeGreaterThan(3_000);
  expect(stands(got.text, words[0] ?? '')).toBe(true);
});
