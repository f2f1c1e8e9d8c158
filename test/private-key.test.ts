import { expect, test } from '@jest/globals';
import { privateKey } from '../detectors/private-key.ts';
import { random } from '../src/core/recognised.ts';

const { pattern, accept } = privateKey();
const dashes = '-'.repeat(5);
const lines = (letters: number, eol: string) =>
  (random(`pem ${letters}`, letters, 'base64').match(/.{1,64}/g) ?? []).join(eol);
const block = (kind: string, body: string) => `${dashes}BEGIN ${kind}${dashes}${body}${dashes}END ${kind}${dashes}`;

test.each([
  ['RSA of 4096 bits', block('RSA PRIVATE KEY', `\n${lines(3200, '\n')}\n`)],
  ['PKCS #8 in a JSON string', block('PRIVATE KEY', `\\n${lines(1600, '\\n')}\\n`)],
  ['in a string in a string', block('PRIVATE KEY', `\\\\n${lines(1600, '\\\\n')}\\\\n`)],
  ['in a string of PHP', block('EC PRIVATE KEY', `\\n${lines(160, '\\n').replaceAll('/', '\\/')}\\n`)],
  ['line by line in a program', block('PRIVATE KEY', `\\n" +\n  "${lines(1600, '\\n" +\n  "')}\\n" +\n  "`)],
  ['indented in YAML', block('OPENSSH PRIVATE KEY', `\r\n    ${lines(2500, '\r\n    ')}\r\n    `)],
  [
    'with a pass phrase',
    block(
      'RSA PRIVATE KEY',
      `\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,${random('iv', 32, 'upper')}\n\n${lines(1600, '\n')}\n`,
    ),
  ],
  ['PGP', block('PGP PRIVATE KEY BLOCK', `\nVersion: GnuPG v2\n\n${lines(5000, '\n')}\n=abcd\n`)],
  ['in one line', block('PRIVATE KEY', ` ${lines(1600, ' ')} `)],
])('a private key is recognised: %s', (_name, text) => {
  const found = pattern.exec(`key: "${text}"`)?.groups?.['secret'];
  expect(found).toBe(text);
  expect(accept?.(text)).toBe(true);
});

test.each([
  ['a certificate', block('CERTIFICATE', `\n${lines(1600, '\n')}\n`)],
  ['a public key', block('PUBLIC KEY', `\n${lines(400, '\n')}\n`)],
  ['nothing in it', block('PRIVATE KEY', '\n')],
  ['words in it', block('PRIVATE KEY', `\n${'put your own private key here, please; '.repeat(4)}\n`)],
  ['dots in it', block('RSA PRIVATE KEY', `\n${'.'.repeat(200)}\n`)],
])('not %s', (_name, text) => {
  const found = pattern.exec(text)?.groups?.['secret'];
  expect(found !== undefined && accept?.(found)).toBe(false);
});
