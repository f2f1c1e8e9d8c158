import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { detectorSettings, detectors } from '../detectors/index.ts';
import type { Fact } from '../src/core/facts.ts';
import type { Place } from '../src/core/fragment.ts';
import type { Origin } from '../src/core/origin.ts';
import { sample } from '../src/core/sample.ts';
import { createFlows } from '../src/scan/flows.ts';
import type { Kernel } from '../src/scan/kernel/kernel.ts';
import { createReader } from '../src/scan/reader.ts';
import { carriers } from './support/carriers.ts';
import { createProbe, engineOf, origin } from './support/scanning.ts';

const registry = detectors(detectorSettings.parse({})).filter(({ issuer }) => issuer === 'workos');
const [environment, customer] = ['workos-environment-key', 'workos-customer-key'].map((id) =>
  registry.find((detector) => detector.id === id),
);
const [environmentKey = '', otherEnvironmentKey = ''] = environment?.examples().ours ?? [];
const [key = '', otherKey = ''] = customer?.examples().ours ?? [];
const foreign = customer?.examples().foreign ?? [];

const secretsIn = (text: string | Buffer): readonly string[] =>
  createProbe(registry)
    .find(text)
    .map(({ secret }) => secret);

describe('edges of a key', () => {
  const stands = [
    '=',
    '"',
    "'",
    '`',
    ':',
    ' ',
    '\t',
    '>',
    '(',
    '[',
    '{',
    ',',
    ';',
    '/',
    '@',
    '+',
    '-',
    '|',
    '*',
    '.',
    '~',
  ];
  const escapes = ['\\n', '\\t', '\\r', '\\"', '%3D', '%3d', '%20', '%22', '\\u003d', '\\u0022', '\\x3d', '=3D'];
  const colours = ['\x1b[m', '\x1b[0m', '\x1b[1;31m', '\x1b[38;5;123m', '\x1b[38;2;1;22;33m'];
  const sequences = ['K', '2K', '1G', '?25h', '38:2::1:2:3m', '38;2;255;255;255;48;2;255;255;255m', '0 q'].map(
    (sequence) => `\x1b[${sequence}`,
  );
  /** As what shows control characters writes an escape. */
  const shown = ['^[', '\\e', '\\E', '\\x1b', '\\x1B', '\\033', '\\u001b', '\\u001B', '#033'].flatMap((lead) =>
    ['[32m', '[K', '[38;5;123m'].map((sequence) => lead + sequence),
  );
  const controls = ['^I', '^J', '^M', '#011', '#012', '#015', '#033[32m#033[K', '#000', '#037', '#177'];
  const bytes = ['\0', '\x80', '\xff', '\xe9', '\xa0'];
  const every = [...stands, ...escapes, ...colours, ...sequences, ...shown, ...controls, ...bytes];

  test.each(every.map((before) => [JSON.stringify(before), before] as const))(
    'a key may stand after %s',
    (_, before) => {
      for (const secret of [key, environmentKey]) {
        expect(secretsIn(Buffer.from(`x${before}${secret}\n`, 'latin1'))).toEqual([secret]);
        expect(secretsIn(Buffer.from(`${before}${secret}`, 'latin1'))).toEqual([secret]);
      }
    },
  );

  test.each([
    ...['ta', 'di', 'ri', 'x', 'X', '9', '_', 'a_', 'm', '[0m', '31m', 'u003d', 'x3d', '3D', '\\q'],
    ...[
      'a#11',
      '#11',
      '#1',
      '#040',
      '#101',
      '#018',
      '#0111',
      'a011',
      '#x12',
      '^i',
      '^9',
      'I',
      '[K',
      'a[1G',
      '33[32m',
      '0[?25h',
    ],
    ...['\x1b[32;é1m', '\x1b[32m9', '\x1b[K_', `\x1b[${'1;'.repeat(30)}m`, '\x1bK', '#033[32', 'e[32m', '^[[32mx'],
  ])('a longer word is no key: %s', (before) => {
    for (const secret of [key, environmentKey]) expect(secretsIn(` ${before}${secret} `)).toEqual([]);
  });

  test.each([
    '',
    '"',
    "'",
    '&',
    ';',
    ')',
    '\\n',
    '\\"',
    '%26',
    '%0A',
    '\x1b[0m',
    '\0',
    '\xff',
    '.',
    ',',
    '-->',
    '</k>',
    ':',
    '@',
    '/x',
    '…',
  ])('a key may end before %j', (after) => {
    for (const secret of [key, environmentKey]) {
      expect(secretsIn(Buffer.from(`k=${secret}${after}`, 'latin1'))).toEqual([secret]);
    }
  });
});

describe('what is no candidate is counted by its reason', () => {
  const suppressionsIn = (text: string) => {
    const { find, suppressed } = createProbe(registry);
    return [find(text), suppressed().map(({ detector, reason }) => [detector, reason])];
  };

  test.each(foreign)('another issuer’s key %#', (other) => {
    expect(suppressionsIn(`k=${other}\n`)).toEqual([[], [['workos-customer-key', 'foreign']]]);
  });

  test('another issuer’s key with something glued to its end', () => {
    for (const other of foreign) expect(secretsIn(`${other}-backup ${other}_old `)).toEqual([]);
  });

  test.each([
    'your_api_key_goes_here',
    'xxxxxxxxxxxxxxxxxxxxxxxx',
    'EXAMPLE9a8b7c6d5e4f3g2h',
    'replace_me_with_your_own',
  ])('a stand-in: %s', (words) => {
    expect(suppressionsIn(`k=sk_${words}\n`)).toEqual([[], [['workos-customer-key', 'placeholder']]]);
  });

  test.each(['stream_wait_memory_init', 'X509_NAME_ENTRY_new_null', 'parseRequestHeaderValues'])(
    'a name in a program: %s',
    (words) => {
      expect(suppressionsIn(`x = sk_${words}(1);`)).toEqual([[], [['workos-customer-key', 'not-proved']]]);
    },
  );

  test('an environment key that does not decode', () => {
    const broken = environmentKey.slice(0, 40) + environmentKey.slice(41, 60) + environmentKey.slice(59);
    expect(suppressionsIn(` ${broken} `)).toEqual([[], [['workos-environment-key', 'not-proved']]]);
  });

  test('an environment key is never also named a customer key', () => {
    expect(suppressionsIn(`k=${environmentKey}`)).toEqual([
      [expect.objectContaining({ detector: 'workos-environment-key', secret: environmentKey })],
      [],
    ]);
  });

  test('once, whatever the borders and decodings', () => {
    const { findInFlow, suppressed } = createProbe(registry);
    const [stripe = ''] = foreign;
    for (const carrier of carriers) {
      const text = Buffer.concat(carrier.write(stripe));
      findInFlow([...text].map((byte) => Buffer.of(byte)));
      expect([carrier.name, suppressed().length]).toEqual([carrier.name, carriers.indexOf(carrier) + 1]);
    }
  });

  test('every fragment is counted with its bytes', () => {
    const { find, facts } = createProbe(registry);
    find('12345');
    expect(facts).toEqual([{ type: 'fragment.scanned', source: 'scan', bytes: 5 }]);
  });
});

describe('many keys', () => {
  const keys = Array.from({ length: 3000 }, (_, i) => `sk_${sample(`many ${i}`, 32)}`);

  test('none is lost, whatever separates them', () => {
    for (const separator of ['\n', ' ', ',', '"', '\0', '|']) expect(secretsIn(keys.join(separator))).toEqual(keys);
  });

  test('none is lost in one base64 text, in one percent-encoded word, in one UTF-16 file', () => {
    expect(secretsIn(Buffer.from(keys.join('\n')).toString('base64'))).toEqual(keys);
    expect(secretsIn(encodeURIComponent(keys.join('"')).replaceAll('_', '%5F'))).toEqual(keys);
    expect(secretsIn(keys.map((one) => one.replace('_', '\\u005f')).join(','))).toEqual(keys);
    expect(secretsIn(Buffer.from(keys.join('\n'), 'utf16le'))).toEqual(keys);
  });

  test('none is cut, lost or doubled where a long encoded text is taken to pieces', () => {
    const packed = keys.slice(0, 2400);
    for (let pad = 1; pad < 36; pad += 6) {
      const shifted = (separator: string) => `${'-'.repeat(pad)}${separator}${packed.join(separator)}`;
      expect(secretsIn(Buffer.from(shifted('\n')).toString('base64'))).toEqual(packed);
      expect(secretsIn(shifted('%0A').replaceAll('_', '%5F'))).toEqual(packed);
      expect(secretsIn(Buffer.from(shifted('.'), 'utf16le'))).toEqual(packed);
    }
  });

  test('a key at the end of a piece is found although no escape follows', () => {
    for (const before of [65_500, 65_510, 65_520, 65_530]) {
      const word = `${'%41.'.repeat(before / 4)}${'.'.repeat(before % 4)}${key.replace('_', '%5F')}.${'b.'.repeat(5000)}`;
      expect(secretsIn(word)).toEqual([key]);
    }
  });

  test('the same key at many places is seen at each', () => {
    const found = createProbe(registry).find(`${key}\n`.repeat(500));
    expect(found.map(({ offset }) => offset)).toEqual(Array.from({ length: 500 }, (_, i) => i * (key.length + 1)));
  });

  test('a key is found beside one that only looks like a key', () => {
    const [stripe = ''] = foreign;
    expect(secretsIn(`${stripe},${key},sk_your_api_key_goes_here,${otherKey},${environmentKey}`)).toEqual([
      key,
      otherKey,
      environmentKey,
    ]);
  });
});

test.each([
  ['in clear', key, key],
  ['encoded', Buffer.from(`token=${key}`).toString('base64'), Buffer.from(`token=${key}`).toString('base64')],
  ['decoded by who read the line', key.replace('_', '\\u005f'), key],
])('what a line says of itself does not tell the key that was found in it, %s', (_, text, said) => {
  const log = {
    ...{ host: `x-${said}`, service: said, pod: said.slice(-18, -4), container: 'web', namespace: said.slice(0, 3) },
    // A sign within that shows nothing was made visible.
    trace: `app-${said.slice(3, 20)}?${said.slice(20)}`,
    time: 7,
  };
  const line = Buffer.from(`"service":"${text}"`);
  const [found] = createProbe(registry).scanner.scan({ bytes: line, origin: { ...origin, log } });
  expect(found?.secret.expose()).toBe(key);
  expect(found?.origin.log).toEqual({ container: 'web', namespace: said.slice(0, 3), time: 7 });
});

test('a place that cannot be told costs no key: it stands where its fragment does, and the fault is told once', () => {
  const { scanner, facts } = createProbe(registry);
  const locate = ({ offset }: Place): Origin => {
    if (offset < 2 * key.length) throw new TypeError(`planted ${key}`);
    return { ...origin, locator: 'told' };
  };
  const found = scanner.scan({ bytes: Buffer.from(`${key}\n${otherKey}\n${key}\n`), origin, locate });
  expect(found.map(({ secret }) => secret.expose())).toEqual([key, otherKey, key]);
  expect(found.map(({ origin: { locator } }) => locator)).toEqual(['test', 'test', 'told']);
  expect(facts.filter(({ type }) => type === 'fault.raised')).toEqual([
    { type: 'fault.raised', code: 'internal.unexpected', detail: 'locate: TypeError' },
  ]);
});

describe('where two detectors claim one place', () => {
  const [exact, broad] = [environment, customer];
  if (!exact || !broad) throw new Error('the registry holds two detectors');
  const greedy = { ...broad, id: 'greedy', foreign: [] };
  const places = (found: readonly { detector: string; secret: string }[]) => found.map(({ detector }) => detector);

  test('the first of the registry has it', () => {
    const text = ` ${environmentKey} ${key} `;
    expect(places(createProbe([exact, greedy]).find(text))).toEqual([exact.id, 'greedy']);
    expect(places(createProbe([greedy, exact]).find(text))).toEqual(['greedy', 'greedy']);
    const overlapping = ` ${environmentKey}-tail9 `; // broad takes the tail too
    expect(places(createProbe([exact, greedy]).find(overlapping))).toEqual([exact.id]);
    expect(places(createProbe([greedy, exact]).find(overlapping))).toEqual(['greedy']);
    const encoded = Buffer.from(`${environmentKey} ${key}`).toString('base64');
    expect(places(createProbe([exact, greedy]).find(encoded))).toEqual([exact.id, 'greedy']);
  });

  test('a candidate goes before what is suppressed, wherever it stands in the registry', () => {
    const { find, suppressed } = createProbe([broad, exact]);
    expect(places(find(` ${environmentKey} `))).toEqual([exact.id]);
    expect(suppressed()).toEqual([]);
  });

  test('a key goes before the part of it that stands in one piece', () => {
    const longer = `${key}%5F${sample('tail', 20)}`;
    expect(secretsIn(`k=${longer} `)).toEqual([longer.replace('%5F', '_')]);
  });
});

describe('decoders never invent', () => {
  test('random bytes, hashes and encoded random bytes hold no key', () => {
    const noise = fc.uint8Array({ minLength: 100, maxLength: 3000 }).map((bytes) => Buffer.from(bytes));
    const forms = ['latin1', 'hex', 'base64', 'base64url', 'utf16le'] as const;
    fc.assert(
      fc.property(noise, fc.constantFrom(...forms), (bytes, form) => {
        expect(secretsIn(bytes.toString(form))).toEqual([]);
        expect(secretsIn(encodeURIComponent(bytes.toString('latin1')))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test('no more decodings than allowed', () => {
    const nested = (depth: number): string =>
      Array.from({ length: depth }).reduce<string>((text) => Buffer.from(text).toString('base64'), key);
    expect([1, 2, 3, 4, 5].map((depth) => secretsIn(nested(depth)).length)).toEqual([1, 1, 1, 1, 0]);
    const { find } = createProbe(registry, { limits: { depth: 1 } });
    expect([1, 2].map((depth) => find(nested(depth)).length)).toEqual([1, 0]);
  });
});

describe('flows', () => {
  test('a fragment without a flow stands alone', () => {
    const { find } = createProbe(registry);
    expect([find(key.slice(0, 12)), find(key.slice(12))]).toEqual([[], []]);
    expect(find(`ab ${key}`)).toEqual(find(`ab ${key}`));
  });

  test('a key at the end waits for what comes, and a blank or the end settles it', () => {
    const { scan } = createProbe(registry);
    const found = [expect.objectContaining({ secret: key, offset: 2 })];
    expect(scan(`k=${key}`, 'a')).toEqual([]);
    expect(scan('\n', 'a')).toEqual(found);
    expect(scan(`k=${key}`, 'b')).toEqual([]);
    expect(scan('', 'b', true)).toEqual(found);
    expect(scan(`k=${key.slice(0, -3)}`, 'c')).toEqual([]);
    expect(scan(`${key.slice(-3)}\n`, 'c')).toEqual(found);
    expect(scan(`k=${key}\n`, 'd')).toEqual(found);
  });

  test('a word that goes on for ever does not hold its keys back for ever', () => {
    const { scan } = createProbe(registry);
    const filler = '{"a":[1,2,3]},'.repeat(100);
    const found: string[] = [];
    for (let i = 0; i < 20 && found.length === 0; i += 1) {
      found.push(...scan(i === 0 ? `"${key}",` : filler, 'compact JSON').map(({ secret }) => secret));
    }
    expect(found).toEqual([key]);
  });

  test('a key within what was given already is not given again', () => {
    const word = `${'x,'.repeat(100)}sk_${sample('long', 120)}-${otherKey},${'y,'.repeat(3000)}`;
    const { find, findInFlow } = createProbe(registry);
    const pieces = Array.from({ length: Math.ceil(word.length / 7) }, (_, i) =>
      Buffer.from(word.slice(i * 7, i * 7 + 7)),
    );
    expect(find(word).length).toBe(1);
    expect(findInFlow(pieces)).toEqual(find(word));
  });

  test('flows that are mixed keep apart', () => {
    const { scan } = createProbe(registry);
    const keys = Array.from({ length: 200 }, (_, i) => `sk_${sample(`mixed ${i}`, 40)}`);
    const found = [0, 10, 20, 30].flatMap((from) =>
      keys.flatMap((one, i) => scan(one.slice(from, from === 30 ? undefined : from + 10), `${i}`, from === 30)),
    );
    expect(found.map(({ secret }) => secret)).toEqual(keys);
  });

  test('after its last fragment a flow begins anew', () => {
    const { scan } = createProbe(registry);
    scan(`some text ${key.slice(0, 10)}`, 'a', true);
    expect(scan(key.slice(10), 'a', true)).toEqual([]);
    expect(scan(key, 'a', true)).toEqual([expect.objectContaining({ offset: 0 })]);
  });

  test('a dropped flow gives what it held back', () => {
    const { scan, drop } = createProbe(registry);
    scan(`k=${key}`, 'a');
    expect(drop('a')).toEqual([expect.objectContaining({ secret: key, offset: 2 })]);
    expect(drop('a')).toEqual([]);
    expect(drop('never seen')).toEqual([]);
  });

  test('the flow that rested longest makes room, and gives what it held back', () => {
    const { scan } = createProbe(registry, { limits: { flows: 2 } });
    scan(key, 'a');
    scan(otherKey, 'b');
    scan('-', 'a');
    expect(scan('x', 'c').map(({ secret }) => secret)).toEqual([otherKey]);
    expect(scan('\n', 'a').map(({ secret }) => secret)).toEqual([key]);
  });

  test('a flow that rests holds nothing of what its places were told by', () => {
    const { scanner } = createProbe(registry, { limits: { flows: 1 } });
    const asked: number[] = [];
    const locate = ({ offset }: Place): Origin => {
      asked.push(offset);
      return { ...origin, locator: 'the line' };
    };
    scanner.scan({ bytes: Buffer.from(key), origin, flow: 'a', locate });
    // It may be megabytes: what comes out when the flow is put away stands where its fragment did.
    const [found] = scanner.scan({ bytes: Buffer.from('x'), origin, flow: 'b' });
    expect([found?.secret.expose(), found?.origin.locator, asked]).toEqual([key, origin.locator, []]);
  });

  test('memory per flow is bounded, and so is the number of flows', () => {
    const flows = createFlows(50);
    const reader = createReader(engineOf(registry), () => undefined);
    for (let i = 0; i < 500; i += 1) {
      for (const text of ['a'.repeat(70_000), `-----BEGIN PRIVATE KEY-----${'\nabcd'.repeat(9000)}`, 'b'.repeat(10)]) {
        let flow = flows.of({ origin, flow: `${i % 120}` });
        for (const reading of reader.read(flow, Buffer.from(text), false)) flow = reading.flow;
        expect(flow.kept.length).toBeLessThan(20_000);
        flows.keep(`${i % 120}`, flow);
      }
    }
    expect(flows.size).toBe(50);
  });

  test('the bytes of a fragment are the source’s again after the scan', () => {
    const { scanner } = createProbe(registry);
    const reused = Buffer.alloc(20);
    const found = [];
    for (let at = 0; at < key.length; at += 20) {
      reused.fill(' ');
      reused.write(key.slice(at, at + 20));
      found.push(...scanner.scan({ bytes: reused, origin, flow: 'a', last: at + 20 >= key.length }));
    }
    expect(found.map(({ secret }) => secret.expose())).toEqual([key]);
  });

  test('a view into a larger buffer is no more than itself', () => {
    const whole = Buffer.from(`${key}\n${otherKey}\n`);
    const part = new Uint8Array(whole.buffer, whole.byteOffset + key.length + 1, otherKey.length);
    expect(secretsIn(Buffer.from(part))).toEqual([otherKey]);
    const { scanner } = createProbe(registry);
    expect(scanner.scan({ bytes: part, origin })).toMatchObject([{ offset: 0, length: otherKey.length }]);
  });

  test('however a text is cut, the same is found', () => {
    const part = fc.oneof(
      fc.constantFrom(
        key,
        otherKey,
        environmentKey,
        otherEnvironmentKey,
        ...foreign,
        ' ',
        '\n',
        '-',
        'sk_',
        '=',
        '%',
        '\\',
      ),
      fc.string({ maxLength: 20 }),
      fc.constantFrom(
        'a'.repeat(5000),
        'QUJD'.repeat(1500),
        '%41'.repeat(1500),
        'a\0'.repeat(2500),
        '"x",'.repeat(1200),
      ),
      fc
        .tuple(fc.constantFrom(...carriers), fc.constantFrom(key, environmentKey))
        .map(([carrier, secret]) => Buffer.concat(carrier.write(secret)).toString('latin1')),
    );
    const cuts = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), cuts, (parts, sizes) => {
        const text = Buffer.from(parts.join(''), 'latin1');
        const pieces: Buffer[] = [];
        for (let at = 0, i = 0; at < text.length || i === 0; i += 1) {
          const size = sizes[i % sizes.length] ?? 1;
          pieces.push(text.subarray(at, at + size));
          at += size;
        }
        const { find, findInFlow } = createProbe(registry);
        const named = (found: readonly { detector: string; secret: string }[]) =>
          new Set(found.map(({ detector, secret }) => `${detector} ${secret}`));
        const [whole, cut] = [named(find(text)), named(findInFlow(pieces))];
        expect([...whole].filter((one) => !cut.has(one))).toEqual([]);
        // A key that a border cuts at a line's end is told at once, and again when the next line goes on with it.
        expect([...cut].filter((one) => ![...whole].some((other) => other.startsWith(one)))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  }, 120_000);
});

test('the padding of base64 at the end of a line is not taken for a soft break', () => {
  const secret = `sk_${sample('padded', 29)}`;
  const padded = Buffer.from(secret).toString('base64');
  expect(padded).toMatch(/[^=]=$/);
  expect(secretsIn(`TOKEN=${padded}\nxyz=1\n`)).toContain(secret);
  expect(secretsIn(`${'a word '.repeat(15)}${padded}\nxyz=1\n`)).toEqual([secret]);
});

describe('what is encoded and cut in two anywhere gives the same', () => {
  const long = `sk_${sample('long', 150)}`;
  const dump = (`TOKEN=${long}`.match(/.{1,16}/g) ?? []).map((part, at) => {
    const pairs = Buffer.from(part).toString('hex').replace(/.{4}/g, '$& ');
    return `${(at * 16).toString(16).padStart(8, '0')}: ${pairs.padEnd(41)} ${part}`;
  });
  /** Its last bytes are lost, without a trace in base64: letters of the next line may be taken for them. */
  const cutOff = [60, 61, 62, 63, 64, 65]
    .map((length) => gzipSync(`a=${otherKey}\n${sample('rest', length)}`).subarray(0, -3))
    .find(({ length }) => length % 3 === 0);
  test.each([
    ['a Buffer in JSON', `{\n"data":[${[...Buffer.from(otherKey)].join(',')}]}\n}\n`],
    ['a dump', `${dump.join('\n')}\n$ \n`],
    ['packed, before a short line', ` ${deflateSync(Buffer.from(`a=${otherKey}`)).toString('base64')}\n2WK.\n`],
    ['packed and broken off, before a short line', `${cutOff?.toString('base64')}\ntoken: 1\n`],
  ])('%s', (_, content) => {
    const text = Buffer.from(content);
    const { find, findInFlow } = createProbe(registry);
    const whole = find(text);
    expect(whole).toHaveLength(1);
    for (let at = 1; at < text.length; at += 1) {
      expect(findInFlow([text.subarray(0, at), text.subarray(at)])).toEqual(whole);
    }
  });
});

describe('what is packed in base64', () => {
  const key = `sk_${sample('packed', 32)}`;
  const log = (lines: number, at: number, more = ''): string =>
    Array.from({ length: lines }, (_, n) => `${sample(`line ${n}`, 10)} ${more}${n === at ? key : '-'}\n`).join('');
  const flooded = (facts: readonly Fact[]): number => facts.filter(({ type }) => type === 'source.unscanned').length;

  test('is found however often it repeats itself', () => {
    const { find, facts } = createProbe(registry);
    const probe = 'GET /healthz 200 - probe/1.31\n';
    const text = `${probe.repeat(5000)}token=${key}\n${probe.repeat(1000)}`;
    expect(new Set(find(`"${gzipSync(text).toString('base64')}"`).map(({ secret }) => secret))).toEqual(new Set([key]));
    expect(flooded(facts)).toBe(0);
  });

  test('too much of it is read as far as there is room, and that is told', () => {
    for (const [at, found] of [
      [100, true],
      [9_900, false],
    ] as const) {
      const { find, facts } = createProbe(registry);
      const packed = gzipSync(log(10_000, at, 'repeated '.repeat(100)));
      expect(packed.length).toBeLessThan(190_000);
      expect(find(packed.toString('base64')).some(({ secret }) => secret === key)).toBe(found);
      expect(flooded(facts)).toBeGreaterThan(0);
    }
  });

  test('what goes on behind a border, further than a flow remembers, is told', () => {
    const packed = gzipSync(log(5000, 4900)).toString('base64');
    const { findInFlow, facts } = createProbe(registry);
    const middle = packed.length >> 1;
    findInFlow([packed.slice(0, middle), packed.slice(middle)].map((part) => Buffer.from(part)));
    expect(packed.length).toBeGreaterThan(40_000);
    expect(flooded(facts)).toBe(1);
  });
});

describe('hostile text costs linear work', () => {
  const hostile: readonly (readonly [string, string])[] = [
    ['spaces', ' '],
    ['one letter', 'a'],
    ['keywords', 'sk_'],
    ['keywords at edges', '-sk_'],
    ['near misses', `sk_${'a'.repeat(15)}_`],
    ['endless key', 'sk_aB3dE5gH7'],
    ['base64 of base64', 'QUFB'],
    ['base64 of keywords', Buffer.from(' sk_').toString('base64')],
    [
      'nested base64',
      Buffer.from(Buffer.from(Buffer.from('sk_aB3').toString('base64')).toString('base64')).toString('base64'),
    ],
    ['percent', '%25'],
    ['backslashes', '\\'],
    ['escapes', '\\u005c'],
    ['numbers of letters', '115,107,'],
    ['numbers of letters on lines', '\t115,\n'],
    ['zeros', '\0'],
    ['zeros and letters', 'a\0'],
    ['two zeros and a letter', '\0\0a'],
    ['assignments', 'key='],
  ];

  /** Bytes that the kernel looked at, decoded ones included. */
  const workFor = (unit: string, size: number): number => {
    const { kernel, ...engine } = engineOf(registry);
    let looked = 0;
    const counted: Kernel = {
      ...kernel,
      look(window, from, to) {
        const hits = kernel.look(window, from, to);
        looked += hits.done - from;
        return hits;
      },
    };
    const text = Buffer.from(unit.repeat(Math.ceil(size / unit.length)).slice(0, size), 'latin1');
    createProbe(registry, { engine: { ...engine, kernel: counted } }).find(text);
    return looked;
  };

  test.each(hostile)('%s', (_, unit) => {
    const looked = workFor(unit, 500_000);
    const lookedFour = workFor(unit, 2_000_000);
    expect(lookedFour).toBeLessThan(4.6 * looked + 10_000);
    expect(lookedFour).toBeLessThan(16 * 2_000_000);
  });

  test.each(hostile)('a megabyte is scanned in seconds, whole and in pieces: %s', (_, unit) => {
    const text = Buffer.from(unit.repeat(Math.ceil(1e6 / unit.length)), 'latin1');
    const started = performance.now();
    const { find, findInFlow } = createProbe(registry);
    find(text);
    findInFlow(
      Array.from({ length: Math.ceil(text.length / 4096) }, (_, i) => text.subarray(i * 4096, (i + 1) * 4096)),
    );
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test('tiny fragments of one endless word', () => {
    const { scan } = createProbe(registry);
    for (let i = 0; i < 1000; i += 1) expect(scan('QUFBQUFB%25sk_', 'a')).toEqual([]);
  });
});
