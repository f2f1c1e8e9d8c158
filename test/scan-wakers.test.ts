import { constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { detectorSettings, detectors } from '../detectors/index.ts';
import { createProbe } from './support/scanning.ts';

const registry = detectors(detectorSettings.parse({}));
const probe = createProbe(registry);
const [key = ''] = registry.find(({ id }) => id === 'workos-customer-key')?.examples().ours ?? [];
const text = Buffer.from(`TOKEN=${key}\n${'and so on '.repeat(9)}\n`);
const bytes = [...Buffer.from(key)];
/** As a program writes it that colours its lines. */
const coloured = [...Buffer.from(`\x1b[32mtoken=\x1b[0m ${key} \x1b[1mok`)];
const hex = bytes.map((one) => one.toString(16));

/** As `xxd` shows them. */
const dump = [...text.toString('hex').matchAll(/.{1,32}/g)]
  .map(
    ([row = ''], at) => `${(at * 16).toString(16).padStart(8, '0')}: ${row.replace(/.{4}/g, '$& ')} ................`,
  )
  .join('\n');

const rows: readonly (readonly [string, string])[] = [
  ['gzip in base64', `release: ${gzipSync(text).toString('base64')}\n`],
  ['zlib in base64', `data="${deflateSync(text).toString('base64')}"`],
  [
    'zlib in base64, packed most',
    `data="${deflateSync(text, { level: constants.Z_BEST_COMPRESSION }).toString('base64')}"`,
  ],
  ['zstd in base64', `release: ${zstdCompressSync(text).toString('base64')}\n`],
  ['gzip in base64 twice', `release: ${Buffer.from(gzipSync(text).toString('base64')).toString('base64')}\n`],
  ['UTF-16 in base64', `powershell -EncodedCommand ${Buffer.from(`echo ${key}`, 'utf16le').toString('base64')}\n`],
  ['hex bytes apart', `at ${hex.join(' ')} .`],
  ['hex bytes with colons', `is ${hex.join(':')}\n`],
  ['a list of C', `{${hex.map((one) => `0x${one}`).join(', ')}, 0x00}`],
  ['a list of C, tight', `{${hex.map((one) => `0x${one}`).join(',')},0x00}`],
  ['a dump', `${dump}\n`],
  ['codes of JavaScript', `String.fromCharCode(${bytes.join(', ')})`],
  ['a buffer in JSON', `{"type":"Buffer","data":[${bytes.join(',')}]}`],
  ['a buffer in JSON that begins with an escape', `{"type":"Buffer","data":[${coloured.join(',')}]}`],
  ['a message of journald', `{"MESSAGE":[${coloured.join(',')}],"_HOSTNAME":"web-1"}`],
  ['a message of journald in a string of JSON', `{"log":"{\\"MESSAGE\\":[${coloured.join(',')}]}"}`],
  ['a message of journald over lines', `{\n\t"MESSAGE" : [\n\t\t${coloured.join(',\n\t\t')}\n\t]\n}`],
  ['a message of journald behind other letters', `{"MESSAGE":[${[...Buffer.from(`é\x07 ${key}`)].join(',')}]}`],
  ['chr of PHP', `$k = ${bytes.map((one) => `chr(${one})`).join('.')};`],
  ['Chr of Visual Basic', `k = ${bytes.map((one) => `Chr(${one})`).join(' & ')}`],
];

test.each(rows)('a key is found in %s', (_, content) => {
  for (const before of ['', 'x'.repeat(57), 'some words '.repeat(400)]) {
    const found = probe.find(Buffer.from(`${before}\n${content}`));
    expect(found.map(({ secret }) => secret)).toEqual([key]);
  }
});

test('a key deep in a message of journald is found wherever the message is cut', () => {
  const [before, after] = ['so it went on and on, '.repeat(700), ' and on '.repeat(40)];
  const list = [...Buffer.from(before + key + after)].join(',');
  const start = [...Buffer.from(before)].join(',').length;
  const entry = Buffer.from(`{"MESSAGE":[${list}],"_HOSTNAME":"web-1"}\n`);
  for (let cut = start; cut < start + bytes.join(',').length + 30; cut += 1) {
    const found = probe.findInFlow([entry.subarray(0, cut), entry.subarray(cut)]);
    expect(found.map(({ secret }) => secret)).toEqual([key]);
  }
});

test('lists of numbers that are no text wake nobody up for long', () => {
  const list = Array.from({ length: 4000 }, (_, at) => `0x${((at * 7) % 256).toString(16).padStart(2, '0')}`).join(
    ', ',
  );
  expect(probe.find(Buffer.from(`{${list}} fromCharCode(1, 2) "data":[12,13]`))).toEqual([]);
});
