/**
 * The one suite over every detector. Faults it was seen to catch: wrong keyword, greedy tail, g flag, exponential and
 * quadratic pattern, no left edge, left edge without escapes, no decode check, foreign shape forgotten, stand-in judged
 * by its prefix, reach too short, unregistered file, ids alike; 401, 201, missing `api_key`, other object, unsafe id and
 * lying 200 misread (test/detector-answers.test.ts); secret in the path; base64 at one alignment, one byte order, one
 * decoding only, window too small, flow that forgets, settles early or gives twice, two detectors at one place.
 */
import { readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import recheck from 'recheck';
import { detectorSettings, detectors } from '../detectors/index.ts';
import { beginsAt } from '../src/core/boundary.ts';
import type { Detector, Examples } from '../src/core/detector.ts';
import { createDoubts } from '../src/scan/doubts.ts';
import { type Carrier, carriers } from './support/carriers.ts';
import { createProbe, type Found } from './support/scanning.ts';

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

/** What the pattern alone finds in clear, tried at every place. */
const everywhere = ({ pattern, ...detector }: Detector, text: string): readonly (readonly [number, string])[] => {
  const doubt = createDoubts({ inlineIgnore: 'none' });
  const tried = new RegExp(pattern.source, `${pattern.flags}dg`);
  const found: (readonly [number, string])[] = [];
  for (let at = 0; ; ) {
    tried.lastIndex = at;
    const match = tried.exec(text);
    const [start, end] = match?.indices?.groups?.['secret'] ?? [0, 0];
    if (!match) return found;
    at = match.index + 1;
    if (start === match.index && !beginsAt(text, start)) continue;
    at = end;
    const secret = text.slice(start, end);
    if (!doubt({ detector: { ...detector, pattern }, secret, line: text, at: start, via: [] }))
      found.push([start, secret]);
  }
};

const folder = new URL('../detectors/', import.meta.url);
const ours = ({ issuer }: Detector): boolean => issuer === 'workos';

describe('the registry', () => {
  const all = detectors(detectorSettings.parse({}));
  const ids = all.map(({ id }) => id);

  test('holds every file of the folder, under its name', () => {
    const files = readdirSync(folder).filter((name) => /^[^.]+\.ts$/.test(name));
    const names = files.map((name) => name.replace('.ts', '')).filter((name) => !/^(?:index|issuers)$/.test(name));
    const ownerOf = (id: string) => names.filter((name) => id === name || id.startsWith(`${name}-`));
    expect(ids.filter((id) => ownerOf(id).length === 0)).toEqual([]);
    expect(names.filter((name) => !ids.some((id) => ownerOf(id).includes(name)))).toEqual([]);
  });

  test('has ids that are unique and well-formed', () => {
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
    for (const id of ids) expect(id).toMatch(/^[a-z0-9-]+$/);
  });

  test('pages a person for what its owner alone can replace, and for nothing else', () => {
    expect(all.filter(({ critical }) => critical).map(({ id }) => id)).toEqual([
      'workos-environment-key',
      'workos-environment-key-old',
    ]);
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
  test.each([...patterns.values()])('$id is proved linear', ({ pattern }) => {
    expect([...unsafe]).not.toContain(String(pattern));
  });

  test.each([...patterns.values()])('$id names the secret and keeps no state', ({ pattern }) => {
    expect(pattern.source).toContain('(?<secret>');
    expect(pattern.flags).not.toMatch(/[gy]/);
  });
});

/** What must be found of a key in a carrier, and what was when that is something else. */
const missOf = (
  { id, context }: { readonly id: string; readonly context: string },
  { carrier, key, find }: { carrier: Carrier; key: string; find: (parts: readonly Buffer[]) => readonly Found[] },
): unknown => {
  const parts = carrier.write(key, context);
  const [{ length: offset }, { length }] = parts;
  const found = find(parts);
  const asWritten = Buffer.concat(parts).includes(context + key);
  // An encoded name may still be read as it stands.
  const either = (/\s/.test(key) || parts[1].equals(Buffer.from(key))) && found[0]?.via.length === 0;
  const via = asWritten || either ? [] : carrier.via;
  // Lines that are a text's own may hold escapes: what stands there is the key.
  const secret = /\s/.test(key) && via.length === 0 ? parts[1].toString() : key;
  const expected = [{ detector: id, secret, offset, length, via }];
  return JSON.stringify(found) === JSON.stringify(expected) ? undefined : { carrier: carrier.name, expected, found };
};

/** A part that differs from one detector to the next. */
const partOf = <T>(all: readonly T[], { id }: Detector, parts: number): readonly T[] => {
  const first = [...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  return all.filter((_, at) => (at + first) % parts === 0);
};

/** WorkOS' keys are tried in every way; of the rest, a part. */
const share = <T>(all: readonly T[], detector: Detector, parts: number): readonly T[] =>
  ours(detector) ? all : partOf(all, detector, parts);

/** A flow is kept from its last blank on: what goes over a blank is only found where no border cuts it. */
const mayBeCut = ({ context = '', ours }: Examples): boolean => !/\s/.test(context + ours.join(''));

/** Longer ones, of several lines, have carriers of their own. */
const isShort = ({ ours, not }: Examples): boolean => [...ours, ...not].every(({ length }) => length < 200);

describe.each(variants)('detectors with $name', ({ name, settings }) => {
  const all = detectors(detectorSettings.parse(settings));
  const registry = all.filter(maySearch);
  const shown = registry.filter((detector) => name === 'default settings' || ours(detector));
  const { find, findInFlow } = createProbe(registry);
  const workos = createProbe(registry.filter(ours));

  const unsearched = all.filter((detector) => !maySearch(detector)).map(({ id }) => id);
  if (unsearched.length > 0)
    test.skip.each(unsearched)('%s: its pattern is not linear, so it is not run', () => undefined);

  describe.each(shown.map((detector) => [detector.id, detector] as const))('%s', (_id, detector) => {
    const { keywords, docs } = detector;
    const examples = detector.examples();
    const { context = '' } = examples;
    const [first = ''] = examples.ours;
    const sought = { id: detector.id, context };
    let made: ReturnType<typeof createProbe> | undefined;
    /** A scanner that knows this detector only. */
    const alone = () => {
      made ??= createProbe([detector]);
      return made;
    };
    // A key whose shape no setting changes is tried at every cut under the first settings, at some under the others.
    const isNew = name === 'default settings' || detector.id in settings;
    const some = isNew ? share : partOf;
    // Ours byte by byte and at every cut: too much to do beside two hundred other patterns.
    const inFlow = ours(detector) ? workos.findInFlow : findInFlow;

    test('has a page on the web, and examples that hold a keyword', () => {
      expect(new URL(docs).protocol).toBe('https:');
      expect(examples.ours.length).toBeGreaterThan(1);
      expect(examples.not.length).toBeGreaterThan(1);
      for (const key of examples.ours) {
        expect(keywords.some((word) => (context + key).toLowerCase().includes(word.toLowerCase()))).toBe(true);
      }
    });

    test('is found whole, once, by this detector alone, in every carrier', () => {
      const whole = (parts: readonly Buffer[]) => find(Buffer.concat(parts));
      const misses = share(carriers, detector, 2).flatMap((carrier, at) => {
        const keys = ours(detector) ? examples.ours : [examples.ours[at % examples.ours.length] ?? ''];
        return keys.map((key) => missOf(sought, { carrier, key, find: whole }));
      });
      expect(misses.filter((miss) => miss !== undefined)).toEqual([]);
    });

    if (mayBeCut(examples)) {
      test('is found byte by byte', () => {
        const bytes = (parts: readonly Buffer[]) => inFlow([...Buffer.concat(parts)].map((byte) => Buffer.of(byte)));
        const misses = some(carriers, detector, 36).map((carrier) =>
          missOf(sought, { carrier, key: first, find: bytes }),
        );
        expect(misses.filter((miss) => miss !== undefined)).toEqual([]);
      });

      test('is found when a border cuts it anywhere', () => {
        const misses = some(carriers, detector, 36).flatMap((carrier) => {
          const cuts = Array.from({ length: Buffer.concat(carrier.write(first, context)).length + 1 }, (_, cut) => cut);
          return some(cuts, detector, 12).map((cut) => {
            const halves = (parts: readonly Buffer[]) => {
              const whole = Buffer.concat(parts);
              return inFlow([whole.subarray(0, cut), whole.subarray(cut)]);
            };
            return missOf(sought, { carrier, key: first, find: halves });
          });
        });
        expect(misses.filter((miss) => miss !== undefined)).toEqual([]);
      });
    }

    test('leaves near misses alone, in every carrier', () => {
      const taken = examples.not.flatMap((text) =>
        share(carriers, detector, 4).map(
          (carrier) => [text, alone().find(Buffer.concat(carrier.write(text)))] as const,
        ),
      );
      expect(taken.filter(([, found]) => found.length > 0)).toEqual([]);
    });

    test('gives up no key of another issuer, and says so', () => {
      const { find, suppressed } = alone();
      for (const key of examples.foreign ?? []) {
        for (const carrier of carriers) {
          const before = suppressed().length;
          expect(find(Buffer.concat(carrier.write(key)))).toEqual([]);
          const reasons = suppressed()
            .slice(before)
            .map(({ reason }) => reason);
          if (detector.pattern.test(key)) expect(reasons).toEqual(['foreign']);
        }
      }
    });

    if (isShort(examples))
      test('is hidden by no prefilter', () => {
        const word = fc.oneof(
          fc.constantFrom(...examples.ours, ...examples.not, ...(examples.foreign ?? []), ...keywords, ' ', '\n', '-'),
          fc.string({ maxLength: 12 }),
          fc
            .tuple(fc.constantFrom(...carriers), fc.constantFrom(...examples.ours))
            .map(([carrier, key]) => Buffer.concat(carrier.write(key, context)).toString('latin1')),
        );
        fc.assert(
          fc.property(fc.array(word, { maxLength: 8 }), (words) => {
            const text = Buffer.from(words.join(''), 'latin1');
            const found = alone().find(text);
            const isFound = (at: number) => found.some(({ offset, length }) => offset <= at && at < offset + length);
            expect(everywhere(detector, text.toString('latin1')).filter(([at]) => !isFound(at))).toEqual([]);
          }),
          { numRuns: ours(detector) && isNew ? 150 : 5 },
        );
      });
  });

  test('no key of another issuer is a candidate of WorkOS, in any carrier', () => {
    const { prefixes } = detectorSettings.parse(settings)['workos-customer-key'];
    const others = registry.filter((detector) => !ours(detector));
    const keys = others.flatMap(({ examples }) => {
      const { context = '', ours } = examples();
      return ours.map((key) => ({ context, key }));
    });
    // A prefix that a tenant lists is its own to answer for: others' keys under it cannot be told from its own.
    // What begins as ours could and goes on with signs, only its own detector tells.
    const alike = keys.filter(({ key }) => !/^sk_\w+[^\w.=-]/.test(key));
    const judged = alike.filter(({ key }) => name === 'default settings' || !prefixes.some((at) => key.startsWith(at)));
    const taken = judged.flatMap(({ context, key }, i) =>
      carriers
        .filter((_, at) => at < 4 || (at + i) % 12 === 0)
        .flatMap((carrier) => workos.find(Buffer.concat(carrier.write(key, context)))),
    );
    expect(taken).toEqual([]);
  });
});
