import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sample } from '../src/core/sample.ts';
import { createHeal } from '../src/scan/decoders/heal.ts';
import { sizes, textOf } from './support/decoding.ts';

const ANCHOR = 'sk_live_';
const key = `${ANCHOR}${sample('heal', 52)}`;
const cut = (...at: number[]): readonly string[] => [0, ...at].map((from, i) => key.slice(from, at[i] ?? undefined));
const broken = (glue: string, ...at: number[]): string => cut(...at).join(glue);
const filler = (columns: number): string =>
  'some words of a long line and more and more and more and more '.repeat(3).slice(0, columns);

const heal = createHeal(sizes);
const healed = (content: string, { more = {}, anchor = ANCHOR, reach = { before: 0, after: 300 } } = {}) => {
  const text = textOf(Buffer.from(content), { around: 32, ...more });
  const from = text.bytes.indexOf(anchor);
  return { text, found: heal(text, { from, to: from + anchor.length, ...reach }) };
};

const time = '2026-02-03T04:05:06.123456789Z';
const later = '2026-02-03T04:05:06.223456789Z';

const rows: readonly (readonly [string, string])[] = [
  ['a shell', `export KEY=${broken('\\\n', 20)}\n`],
  ['a shell, indented', `curl -u ${broken('\\\n    ', 20, 40)}: https://x.test\n`],
  ['a Dockerfile, CRLF', `ENV KEY=${broken('\\\r\n', 20)}\r\n`],
  ['PowerShell', `$k = ${broken('`\r\n  ', 30)}\r\n`],
  ['cmd', `set K=${broken('^\r\n', 30)}\r\n`],
  ['a shell in JSON', `{"run":"K=${broken('\\\\\\n', 30)} x"}`],
  ['JavaScript over lines', `k = '${broken("' +\n  '", 20)}';\n`],
  ['a line of 76 columns', `${filler(40)} ${broken('\n', 35)}\nnext line\n`],
  ['a line of 76 columns in a mail that was answered', `> ${filler(40)} ${broken('\n> ', 33)}\n> next line\n`],
  ['a line of 80 columns that goes on', `${filler(40)} ${broken('\n', 39)} and so on\nnext line\n`],
  ['a line of 80 columns in JSON', `{"b":"${filler(40)} ${broken('\\n', 39)}\\nnext"}`],
  ['a comment', `# key: ${filler(40)} ${broken('\n# ', 30)}\n# next\n`],
  ['a comment of JavaScript', `  // ${filler(40)} ${broken('\n  // ', 30)}\n  // next\n`],
  ['a block comment', ` * ${filler(40)} ${broken('\n * ', 30)}\n * next\n`],
  ['a diff', `+${filler(40)} ${broken('\n+', 30)}\n+next\n`],
  ['a narrow column', `before\n${broken('\n', 20, 40)}\nafter\n`],
  ['a narrow column, indented', `before\n  ${broken('\n  ', 20, 40)}\n  after\n`],
  ['YAML, plain', `key: ${broken('\n  ', 20)}\nother: 1\n`],
  ['YAML, folded', `key: >-\n  ${broken('\n  ', 20, 50)}\nother: 1\n`],
  ['YAML, literal', `key: |\n  ${broken('\n  ', 20, 30)}\nother: 1\n`],
  ['JSON, indented', `  "key": "${broken('\n      ', 20)}"\n`],
  ['CRI', `${time} stdout P key=${broken(`\n${later} stdout F `, 20)} and more\n`],
  [
    'Docker',
    `{"log":"key=${broken(`","stream":"stdout","time":"${time}"}\n{"log":"`, 20)} and\\n","stream":"stdout"}\n`,
  ],
  ['syslog', `Feb  3 04:05:06 host app[12]: ${filler(40)} ${broken('\nFeb 13 04:05:07 host app[12]: ', 20)}\n`],
  ['line numbers', ` 9 | ${filler(50)} ${broken('\n10 | ', 20)}\n`],
  ['tags', `<p>${broken('<wbr>', 20, 40)}</p>`],
  ['marks of a search', `<code>${broken('</b><span class="x">', 20)}</code>`],
  ['groups', `key: ${key.slice(0, 12)} ${(key.slice(12, 60).match(/.{4}/g) ?? []).join(' ')}\n`],
];

test.each(rows)('a key is healed in %s', (_, content) => {
  const { text, found } = healed(content);
  const bytes = Buffer.from(found?.reading.bytes ?? []);
  expect(bytes.toString('latin1')).toContain(key);
  expect(found?.open).toBe(false);
  const at = bytes.indexOf(key);
  const place = found?.reading.place(at, at + key.length);
  const stands = text.bytes.toString('latin1', place?.start, place?.end).replaceAll(' ', '');
  expect([stands.slice(0, 8), stands.slice(-8)]).toEqual([key.slice(0, 8), key.slice(-8)]);
  expect(found?.reading.lines).toBe(content.slice(0, -1).includes('\n') && stands.includes('\n') ? true : undefined);
});

describe('nothing is glued to a whole key', () => {
  const other = `${ANCHOR}${sample('other', 52)}`;
  test.each([
    ['dotenv', `A=1\nKEY=${key}\nNEXT=value\n`],
    ['YAML', `  key: ${key}\n  other: foo\n`],
    ['YAML, deeper', `key: ${key}\nmap:\n  other: foo\n`],
    ['a list', `${key}\n${other}\n`],
    ['a list, dashed', `- ${key}\n- ${other}\n`],
    ['JSON', `{"key":"${key}","b":"c"}`],
    ['JSON, indented', `  "key": "${key}",\n  "b": "c"\n`],
    ['a sentence', `my key is ${key} and it works\n`],
    ['a sentence of equal words', `my key is ${key} this that with some\n`],
    ['a long line', `${filler(60)} ${key}\nThanks\n`],
    ['a long line, sentence', `${filler(60)} ${key}\nPlease rotate it.\n`],
    ['code', `const k = '${key}';\nconst other = 'b';\n`],
    ['code without semicolons', `const k = '${key}'\nconst other = 'b'\n`],
    ['Python', `key = "${key}"\nother = "b"\n`],
    ['CRI, whole', `${time} stdout F key=${key}\n${later} stdout F done1\n`],
    ['logs', `${time} INFO key=${key}\n${later} INFO next thing\n`],
    ['long log lines', `${time} INFO ${filler(150)} key=${key}\n${later} INFO next thing\n`],
    ['long lines before a log line', `${filler(170)} key=${key}\n${later} INFO next thing\n`],
    ['a diff', `+KEY=${key}\n+OTHER=1\n`],
    ['HTML', `<code>${key}</code>. And`],
    ['CSV', `a,${key}\nb,other\n`],
    ['JSON in JSON, line feed', `"{\\"k\\":\\"A=${key}\\\\nB=1\\"}"`],
    ['the end', `K=${key}`],
  ])('%s', (_, content) => {
    expect(healed(content).found).toBeUndefined();
  });
});

const eagerRows: readonly (readonly [string, string])[] = [
  ['a mail that was answered', `> the token is\n> ${broken('\n> ', 30)}\n> thanks\n`],
  ['a mail that was answered twice', `>> the token is\n>> ${broken('\r\n>> ', 31)}\r\n>> thanks\r\n`],
  ['a short diff', `@@ -1 +1,2 @@\n+${broken('\n+', 25)}\n context\n`],
  ['a short comment', ` * token:\n * ${broken('\n * ', 33)}\n */\n`],
  ['a short comment of a shell', `# token:\n# ${broken('\n# ', 33)}\n`],
  ['a row of a table', `| token | ${broken(' |\n|       | ', 33)} |\n`],
  ['a row of a table, filled', `| a | ${cut(33)[0]} |\n|   | ${cut(33)[1]}         |\n`],
  ['a log', `<14>1 - h app - - - token=${broken('\n<14>1 - h app - - - ', 33)}\n`],
  ['a list of strings', `concat!("${broken('", "', 20, 40)}")\n`],
  ['a list over lines', `['${broken("',\n  '", 20, 40)}'].join('')\n`],
  ['quotes of both kinds', `T='${broken('\'""\'', 20, 40)}'\n`],
];

test.each(eagerRows)('where nothing stands in one piece, a key is healed in %s', (_, content) => {
  for (const [anchor, before] of [
    [ANCHOR, 0],
    [key.slice(-8), 90],
  ] as const) {
    const text = textOf(Buffer.from(content), { around: 32 });
    const from = text.bytes.indexOf(anchor);
    const found = heal(text, { from, to: from + anchor.length, before, after: 90, eager: true });
    expect(Buffer.from(found?.reading.bytes ?? []).toString('latin1')).toMatch(new RegExp(`(?<!\\w)${key}(?!\\w)`));
  }
});

test('words, names and lists are not taken for the rest of a key, however eager', () => {
  for (const content of [
    `${ANCHOR}\nNAME=${sample('value', 20)}\n`,
    `${ANCHOR}\nfollowed by letters\n`,
    `${ANCHOR}\neyJ${sample('token', 30)}\n`,
    `["${ANCHOR}", "${ANCHOR.replace('live', 'test')}"]`,
    `["${ANCHOR}", "publishable"]`,
    `{"${ANCHOR}": "${sample('value', 20)}"}`,
  ]) {
    const text = textOf(Buffer.from(content), { around: 32 });
    const from = text.bytes.indexOf(ANCHOR);
    expect([content, heal(text, { from, to: from + 8, before: 0, after: 90, eager: true })]).toEqual([
      content,
      undefined,
    ]);
  }
});

test('fewer breaks are healed where fewer are wanted', () => {
  const text = textOf(Buffer.from(broken('\\\n', 20, 40)), { around: 32 });
  const reach = { from: 32, to: 40, before: 0, after: 300 };
  expect([9, 2, 1, 0].map((breaks) => heal(text, { ...reach, breaks })?.breaks)).toEqual([2, 2, 1, undefined]);
});

test('an anchor inside of the key heals to both sides', () => {
  for (const glue of ['\\\n', '\\\n   ', "' +\n '", '<wbr>', '\n']) {
    const content = `${filler(50)} ${broken(glue, 22)}\n`;
    const { found } = healed(content, { anchor: key.slice(40, 46), reach: { before: 200, after: 200 } });
    expect([glue, Buffer.from(found?.reading.bytes ?? []).toString('latin1')]).toEqual([
      glue,
      expect.stringContaining(key),
    ]);
  }
});

test('what later bytes could change is open', () => {
  const content = `K=${broken('\\\n', 20)}`;
  expect(healed(content).found?.open).toBe(false);
  expect(healed(content, { more: { cutEnd: true } }).found).toMatchObject({
    open: true,
    reading: { cutEnd: true, lines: true },
  });
  expect(healed(`${content} `, { more: { cutEnd: true } }).found?.open).toBe(false);
});

test('bytes of the reading are those of its places, whatever the text', () => {
  const part = fc.oneof(
    fc.constantFrom(...rows.map(([, content]) => content)),
    fc.constantFrom('\\\n', '\n', '\r\n', '" + "', '<wbr>', '> ', '# ', ANCHOR, key, '\\n', '   ', `${time} stdout P `),
    fc.string({ maxLength: 12 }),
  );
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), fc.boolean(), (parts, cutEnd) => {
      const text = textOf(Buffer.from(parts.join('')), { cutEnd, cutStart: cutEnd });
      for (let from = text.start; from + 4 <= text.end; from += 7) {
        const found = heal(text, { from, to: from + 4, before: 90, after: 90 });
        const { bytes = new Uint8Array(), place = undefined } = found?.reading ?? {};
        const places = Array.from(bytes, (_, i) => place?.(i, i + 1) ?? { start: -1, end: -1 });
        expect(places.map(({ start }) => text.bytes[start])).toEqual([...bytes]);
        const borders = [text.start, ...places.flatMap(({ start, end }) => [start, end]), text.end];
        expect(borders).toEqual(borders.toSorted((a, b) => a - b));
        expect(places.every(({ start, end }) => end === start + 1)).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
});
