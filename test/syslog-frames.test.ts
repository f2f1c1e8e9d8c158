import { expect, test } from '@jest/globals';
import { createFrames } from '../src/sources/syslog/frames.ts';

/** What goes on of these chunks, and how it ended. */
const framed = (chunks: readonly string[]) => {
  const frames = createFrames();
  let text = '';
  let last = { ended: false, malformed: false };
  for (const chunk of chunks) {
    const { bytes, ...end } = frames.take(Buffer.from(chunk, 'latin1'));
    text += bytes.toString('latin1');
    last = end;
    if (end.malformed) break;
  }
  return { text: text + frames.rest().toString('latin1'), ...last };
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
