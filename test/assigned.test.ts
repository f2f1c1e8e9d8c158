import { describe, expect, test } from '@jest/globals';
import recheck from 'recheck';
import { assigned } from '../src/core/pattern.ts';
import { sample } from '../src/core/sample.ts';

const { pattern } = assigned(['acme', 'am-key'], '[0-9a-f]{32}');
const key = sample('assigned', 32, '0123456789abcdef');
const found = (text: string): string | undefined => pattern.exec(text)?.groups?.['secret'];

describe('a value with a name before it', () => {
  test.each([
    'ACME_API_KEY=K',
    'export Acme_Api_Key="K"',
    "acmeApiKey: 'K',",
    '{"acme":{"apiKey":"K"}}',
    '{"acme": {"api": {"key": "K"}}}',
    '{\\"acme_key\\":\\"K\\"}',
    '{\\\\\\"acme_key\\\\\\":\\\\\\"K\\\\\\"}',
    'acme:\n  api_key: K',
    '[acme]\nkey = "K"',
    '{\n  "acme": {\n    "apiKey": "K"\n  }\n}',
    '- name: ACME_KEY\n          value: "K"',
    '{"name":"ACME_KEY","value":"K"}',
    '<acme-key>K</acme-key>',
    '<add key="acme" value="K" />',
    '<key>AcmeKey</key><string>K</string>',
    'os.environ["ACME_KEY"] = "K"',
    'os.getenv("ACME_KEY", "K")',
    "process.env.ACME_KEY || 'K'",
    'private static final String ACME_KEY = "K";',
    'key := acme.New("K")',
    'new Acme({ token: `K` })',
    '$acme->setKey("K")',
    "config :acme, api_key: 'K'",
    ':acme_key => "K"',
    'AM-KEY: K',
    "curl -H 'am-key: K'",
    'X-Acme-Auth: Bearer K',
    'acme --acme-api-key K',
    'ENV ACME_TOKEN K',
    'my Acme API key: K',
    'the acme api token K',
    'https://acme.example/v1/me?key=K',
    '$env:ACME_KEY = "K"',
    'acme.key=K',
    "define('ACME_KEY', 'K');",
  ])('%s', (text) => {
    expect(
      found(
        text.replaceAll('K', (letter, at) =>
          /\w/.test(text[at - 1] ?? '') || /\w/.test(text[at + 1] ?? '') ? letter : key,
        ),
      ),
    ).toBe(key);
  });

  test.each([
    `${key}`,
    `KEY=${key}`,
    `acme ${key}`,
    `acme and others have files like ${key}`,
    `acme=1\nother=${key}`,
    `acme=1; other=${key}`,
    `{"acme":"yes","etag":"${key}"}`,
    `acme=${key}0`,
    `acme=0${key}`,
    `acme="${key.toUpperCase()}"`,
  ])('not %s', (text) => {
    expect(found(text)).toBeUndefined();
  });

  test('takes linear time', () => {
    expect(recheck.checkSync(pattern.source, '', { checker: 'automaton', timeout: 20_000 }).status).toBe('safe');
  });
});
