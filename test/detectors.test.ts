/**
 * The one suite over every detector. Faults it was seen to catch: wrong keyword, greedy tail, g flag, exponential and
 * quadratic pattern, no left edge, left edge without escapes, no decode check, foreign shape forgotten, stand-in judged
 * by its prefix, reach too short, unregistered file, ids alike; 401, 201, missing `api_key`, other object, unsafe id and
 * lying 200 misread; secret in the path; base64 at one alignment, one byte order, one decoding only,
 * window too small, flow that forgets, settles early or gives twice, two detectors at one place.
 */
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import recheck from 'recheck';
import { detectorSettings, detectors } from '../detectors/index.ts';
import { systemClock } from '../src/core/clock.ts';
import type { AnswerExample, Detector } from '../src/core/detector.ts';
import { Fault } from '../src/core/errors.ts';
import type { Issuer } from '../src/core/issuer.ts';
import { Secret } from '../src/core/secret.ts';
import { createIssuer } from '../src/issuers/road.ts';
import { carriers } from './support/carriers.ts';
import { createProbe } from './support/scanning.ts';

/** The registry as it ships, and with formats that a tenant may set. */
const variants = [
  { name: 'default settings', settings: {} },
  {
    name: 'tenant settings',
    settings: {
      'workos-customer-key': {
        prefixes: ['acme_live_', 'sk_live_'],
        alphabet: 'alphanumeric',
        minLength: 20,
        maxLength: 64,
        minEntropy: 3,
      },
    },
  },
  { name: 'hexadecimal keys', settings: { 'workos-customer-key': { alphabet: 'hex', minLength: 32, maxLength: 64 } } },
] as const;

const everything = (registry: readonly Detector[]) => (bytes: Buffer) =>
  registry.map((detector) => ({ detector, from: 0, to: bytes.length }));

const folder = new URL('../detectors/', import.meta.url);

describe('the registry', () => {
  const ids = detectors(detectorSettings.parse({})).map(({ id }) => id);

  test('holds every file of the folder, under its name', () => {
    const files = readdirSync(folder).filter((name) => /^[^.]+\.ts$/.test(name) && !['index.ts', 'issuers.ts'].includes(name));
    const names = files.map((name) => name.replace('.ts', ''));
    const ownerOf = (id: string) => names.filter((name) => id === name || id.startsWith(`${name}-`));
    expect(ids.filter((id) => ownerOf(id).length === 0)).toEqual([]);
    expect(names.filter((name) => !ids.some((id) => ownerOf(id).includes(name)))).toEqual([]);
  });

  test('has ids that are unique and well-formed', () => {
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z0-9-]+$/);
  });
});

/** Decided by automata theory, without running the pattern. */
const isLinear = ({ source, flags }: RegExp): boolean =>
  recheck.checkSync(source, flags, { checker: 'automaton', timeout: 20_000 }).status === 'safe';

const everyDetector = variants.flatMap(({ settings }) => detectors(detectorSettings.parse(settings)));
const patterns = new Map(everyDetector.map(({ id, pattern }) => [String(pattern), { id, pattern }]));
/** Patterns that no other test may run: one that is not linear can hang the whole suite, where no deadline ends it. */
const unsafe = new Set([...patterns].filter(([, { pattern }]) => !isLinear(pattern)).map(([text]) => text));
const maySearch = ({ pattern }: Detector): boolean => !unsafe.has(String(pattern));

describe('patterns', () => {
  test.each([...patterns.values()])('$id is proved linear: $pattern', ({ pattern }) => {
    expect([...unsafe]).not.toContain(String(pattern));
  });
});

describe.each(variants)('detectors with $name', ({ settings }) => {
  const all = detectors(detectorSettings.parse(settings));
  const registry = all.filter(maySearch);

  test.each(all.map(({ id, docs }) => [id, docs]))('%s names its page on the web', (_id, docs) => {
    expect(new URL(docs).protocol).toBe('https:');
  });

  const unsearched = all.filter((detector) => !maySearch(detector)).map(({ id }) => id);
  if (unsearched.length > 0)
    test.skip.each(unsearched)('%s: its pattern is not linear, so it is not run', () => undefined);

  describe.each(registry.map((detector) => [detector.id, detector] as const))('%s', (id, detector) => {
    const { pattern, examples, keywords } = detector;
    const { context = '' } = examples;

    test('has a pattern that names the secret and keeps no state', () => {
      expect(pattern.source).toContain('(?<secret>');
      expect(pattern.flags).not.toMatch(/[gy]/);
    });

    test('has examples that hold a keyword', () => {
      expect(examples.ours.length).toBeGreaterThan(0);
      expect(examples.not.length).toBeGreaterThan(0);
      for (const key of examples.ours) {
        expect(keywords.some((word) => `${context}${key}`.toLowerCase().includes(word.toLowerCase()))).toBe(true);
      }
    });

    test.each(carriers)('is found whole, once, by this detector alone: $name', (carrier) => {
      const { find } = createProbe(registry);
      for (const key of examples.ours) {
        const [before, stands, after] = carrier.write(key);
        expect(find(Buffer.concat([before, stands, after]))).toEqual([
          { detector: id, secret: key, offset: before.length, length: stands.length, via: carrier.via },
        ]);
      }
    });

    test.each(carriers)('is found byte by byte: $name', (carrier) => {
      const { findInFlow } = createProbe(registry);
      const [key = ''] = examples.ours;
      const [before, stands, after] = carrier.write(key);
      const pieces = [...Buffer.concat([before, stands, after])].map((byte) => Buffer.of(byte));
      expect(findInFlow(pieces)).toEqual([
        { detector: id, secret: key, offset: before.length, length: stands.length, via: carrier.via },
      ]);
    });

    test.each(carriers)('is found when a border cuts it anywhere: $name', (carrier) => {
      const { findInFlow } = createProbe(registry);
      const [key = ''] = examples.ours;
      const parts = carrier.write(key);
      const whole = Buffer.concat(parts);
      for (let cut = 0; cut <= whole.length; cut += 1) {
        expect(findInFlow([whole.subarray(0, cut), whole.subarray(cut)])).toEqual([
          { detector: id, secret: key, offset: parts[0].length, length: parts[1].length, via: carrier.via },
        ]);
      }
    });

    test('leaves near misses alone, in every carrier', () => {
      const { find } = createProbe([detector]);
      for (const text of examples.not) {
        for (const carrier of carriers) expect([text, find(Buffer.concat(carrier.write(text)))]).toEqual([text, []]);
      }
    });

    test('gives up no key of another issuer, and says so', () => {
      for (const key of examples.foreign ?? []) {
        for (const carrier of carriers) {
          const { find, suppressed } = createProbe([detector]);
          expect(find(Buffer.concat(carrier.write(key)))).toEqual([]);
          const reasons = suppressed().map(({ reason }) => reason);
          if (detector.pattern.test(key)) expect(reasons).toEqual(['foreign']);
        }
      }
    });

    test('is hidden by no prefilter', () => {
      const word = fc.oneof(
        fc.constantFrom(...examples.ours, ...examples.not, ...(examples.foreign ?? []), ...keywords, ' ', '\n', '-'),
        fc.string({ maxLength: 12 }),
        fc
          .tuple(fc.constantFrom(...carriers), fc.constantFrom(...examples.ours))
          .map(([carrier, key]) => Buffer.concat(carrier.write(key)).toString('latin1')),
      );
      fc.assert(
        fc.property(fc.array(word, { maxLength: 8 }), (words) => {
          const text = Buffer.from(words.join(''), 'latin1');
          const all = createProbe(registry, { prefilter: everything(registry) }).find(text);
          expect(createProbe(registry).find(text)).toEqual(all);
        }),
        { numRuns: 150 },
      );
    });

    if (detector.validate) {
      test('knows what every kind of answer means', () => {
        const rows = (call: AnswerExample['call']) => detector.answers.filter((row) => row.call === call);
        const statuses = new Set(rows('validate').map(({ status }) => status));
        for (const status of [401, 403, 429, 500, 502, 503, 504]) expect(statuses).toContain(status);
        const meanings = new Set(rows('validate').map(({ gives }) => gives));
        for (const gives of ['live', 'dead', 'unknown', 'halt'] as const) expect(meanings).toContain(gives);
        const page = ({ body }: AnswerExample) => typeof body === 'string' && body.startsWith('<');
        expect(rows('validate').some((row) => row.status === 200 && page(row) && row.gives === 'unknown')).toBe(true);
        for (const call of ['revoke', 'expire'] as const) {
          if (!detector[call]) continue;
          const gives = new Set(rows(call).map((row) => row.gives));
          for (const result of ['already-gone', 'refused', 'unknown', 'halt'] as const) expect(gives).toContain(result);
          expect(gives).toContain(call === 'revoke' ? 'deleted' : 'expired');
        }
      });
    } else {
      test('asks nobody: it has no answers, and can end nothing', () => {
        expect([detector.answers, detector.revoke, detector.expire]).toEqual([[], undefined, undefined]);
      });
    }
  });
});

describe('answers over HTTP', () => {
  const credential = 'our own credential';
  const heard: {
    method: string | undefined;
    url: string | undefined;
    authorization: string | undefined;
    body: string;
  }[] = [];
  let row: AnswerExample = { call: 'validate', status: 500, gives: 'unknown' };
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { method, url, headers } = request;
      heard.push({ method, url, authorization: headers.authorization, body: Buffer.concat(pieces).toString() });
      const text = typeof row.body === 'string' || row.body === undefined ? row.body : JSON.stringify(row.body);
      response.writeHead(row.status, { 'content-type': 'application/json', ...row.headers }).end(text);
    });
  });
  const issuerOf = (detector: Detector): Issuer =>
    createIssuer(
      {
        issuer: detector.issuer,
        environment: 'production',
        credential: new Secret(credential),
        baseUrl: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
        deadlineMs: 20_000,
        bodyBytes: 65_536,
        perSecond: 1000,
        concurrency: 4,
        patienceMs: 20_000,
      },
      { clock: systemClock, record: async () => undefined },
    );
  beforeAll(() => new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready)));
  afterAll(() => new Promise((done) => server.close(done)));

  const ask = async (detector: Detector, { call }: AnswerExample) => {
    const issuer = issuerOf(detector);
    if (call === 'validate') return detector.validate?.(new Secret(detector.examples.ours[0] ?? ''), issuer);
    return detector[call]?.({ id: 'api_key_01EXAMPLE', environment: 'production' }, issuer);
  };
  const asked = detectors(detectorSettings.parse({})).filter(({ validate }) => validate);
  const rows = asked.flatMap((detector) =>
    detector.answers.map((answer) => {
      const text = JSON.stringify(answer.body) ?? 'no body';
      return { detector, answer, name: `${answer.call} ${answer.status} ${text.slice(0, 90)} → ${answer.gives}` };
    }),
  );

  test.each(rows)('$detector.id: $name', async ({ detector, answer }) => {
    row = answer;
    heard.length = 0;
    const outcome = await ask(detector, answer).catch((error: unknown) => error);
    if (answer.gives === 'halt') {
      expect(outcome).toBeInstanceOf(Fault);
      expect(outcome).toMatchObject({ next: 'halt' });
    } else {
      expect(outcome).toMatchObject(answer.call === 'validate' ? { validity: answer.gives } : { result: answer.gives });
    }
    expect(heard.length).toBe(1);
    expect(heard[0]?.authorization).toBe(`Bearer ${credential}`);
    expect(heard[0]?.url).not.toContain(detector.examples.ours[0]);
  });
});
