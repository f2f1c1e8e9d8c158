import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Candidate } from '../src/core/candidate.ts';
import { systemClock } from '../src/core/clock.ts';
import { Fault } from '../src/core/errors.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import { openStore } from '../src/store.ts';
import { createCandidates } from '../src/topic/candidates.ts';
import { createEmbeddedTopic } from '../src/topic/embedded.ts';
import { createSeal, newKey, parseRing } from '../src/topic/seal.ts';
import { eventually } from './support/eventually.ts';

const ringKey = (id: string) => ({ id, key: randomBytes(32) });
const ring = (...ids: string[]) => ids.map(ringKey);
const plain = Buffer.from('the plain text');

const faultOf = (work: () => unknown): string => {
  try {
    work();
    return 'none';
  } catch (error) {
    return error instanceof Fault ? error.code : String(error);
  }
};

describe('a seal', () => {
  test('what was sealed opens, whatever it is', () => {
    const seal = createSeal(ring('k1'));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000 }), fc.string({ unit: 'binary' }), (bytes, key) => {
        const sealed = seal.seal(bytes, key);
        expect(sealed.length).toBe(bytes.length + 2 + 2 + 12 + 16);
        expect(Buffer.compare(seal.open(sealed, key), bytes)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  test('stands byte for byte as its page says', () => {
    const sealed = Buffer.from(createSeal(ring('key-7')).seal(plain, 'fp'));
    expect(sealed[0]).toBe(0xa1);
    expect(sealed[1]).toBe(5);
    expect(sealed.subarray(2, 7).toString()).toBe('key-7');
    expect(sealed).toHaveLength(7 + 12 + plain.length + 16);
  });

  test('a change of any bit of any byte is seen', () => {
    const seal = createSeal(ring('k1', 'k2'));
    const sealed = seal.seal(plain, 'fp');
    for (let at = 0; at < sealed.length; at += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        const changed = Uint8Array.from(sealed);
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        expect(faultOf(() => seal.open(changed, 'fp'))).toMatch(/^seal\./);
      }
    }
  });

  test('cut at any place, lengthened, or no sealed value at all, it is broken', () => {
    const seal = createSeal(ring('k1'));
    const sealed = seal.seal(plain, 'fp');
    for (let end = 0; end < sealed.length; end += 1) {
      expect(faultOf(() => seal.open(sealed.subarray(0, end), 'fp'))).toBe('seal.broken');
    }
    expect(faultOf(() => seal.open(Buffer.concat([sealed, Buffer.from([0])]), 'fp'))).toBe('seal.broken');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(faultOf(() => seal.open(bytes, 'fp'))).toMatch(/^seal\./);
      }),
    );
  });

  test('moved to another message key, or opened with another key of the same id, it is broken', () => {
    const seal = createSeal(ring('k1'));
    const sealed = seal.seal(plain, 'fp');
    expect(faultOf(() => seal.open(sealed, 'fq'))).toBe('seal.broken');
    expect(faultOf(() => seal.open(sealed, ''))).toBe('seal.broken');
    expect(faultOf(() => createSeal(ring('k1')).open(sealed, 'fp'))).toBe('seal.broken');
  });

  test('the id is bound too: the same key under another id does not open', () => {
    const { key } = ringKey('k1');
    const sealed = Uint8Array.from(createSeal([{ id: 'k1', key }]).seal(plain, 'fp'));
    sealed[3] = '2'.charCodeAt(0);
    expect(faultOf(() => createSeal([{ id: 'k2', key }]).open(sealed, 'fp'))).toBe('seal.broken');
  });

  test('rotation: the new key seals, the old one still opens until it leaves the ring', () => {
    const [old, fresh] = [ringKey('2026-10'), ringKey('2026-11')];
    const before = createSeal([old]).seal(plain, 'fp');
    const both = createSeal([fresh, old]);
    expect(Buffer.from(both.open(before, 'fp'))).toEqual(plain);
    const after = both.seal(plain, 'fp');
    expect(Buffer.from(after).subarray(2, 9).toString()).toBe('2026-11');
    const end = createSeal([fresh]);
    expect(Buffer.from(end.open(after, 'fp'))).toEqual(plain);
    expect(faultOf(() => end.open(before, 'fp'))).toBe('seal.unknown-key');
    expect(() => end.open(before, 'fp')).toThrow(/2026-10/);
  });

  test('no nonce comes twice, and equal texts look different', () => {
    const seal = createSeal(ring('k1'));
    const nonces = new Set<string>();
    const bodies = new Set<string>();
    for (let n = 0; n < 20_000; n += 1) {
      const sealed = Buffer.from(seal.seal(plain, 'fp'));
      nonces.add(sealed.toString('hex', 4, 16));
      bodies.add(sealed.toString('hex', 16, 16 + plain.length));
    }
    expect(nonces.size).toBe(20_000);
    expect(bodies.size).toBe(20_000);
  });
});

describe('a ring of sealing keys', () => {
  test('is read from text; a new key fits into it', () => {
    const [one, two] = [newKey(), newKey()];
    expect(one).not.toBe(two);
    const read = parseRing(`2026-11:${one}, 2026-10:${two.replace('=', '')}`);
    expect(read.map(({ id, key }) => [id, Buffer.from(key).toString('base64')])).toEqual([
      ['2026-11', one],
      ['2026-10', two],
    ]);
    createSeal(read);
  });

  test.each([
    ['nothing', ''],
    ['no id', `:${newKey()}`],
    ['a key alone', newKey()],
    ['a short key', `k1:${Buffer.from('short').toString('base64')}`],
    ['a long key', `k1:${randomBytes(33).toString('base64')}`],
    ['a key in hex', `k1:${randomBytes(32).toString('hex')}`],
    ['no base64', `k1:${'*'.repeat(44)}`],
    ['an id with a space', `k 1:${newKey()}`],
    ['a long id', `${'k'.repeat(33)}:${newKey()}`],
    ['one id twice', `k1:${newKey()},k1:${newKey()}`],
    ['an empty entry', `k1:${newKey()},`],
    ['three parts', `k1:${newKey()}:x`],
  ])('%s is refused, and the key is not shown', (_, text) => {
    expect(faultOf(() => parseRing(text))).toBe('config.invalid');
    const message = (() => {
      try {
        return String(parseRing(text));
      } catch (error) {
        return String(error);
      }
    })();
    for (const part of text.split(/[:,]/).filter((it) => it.length > 5)) expect(message).not.toContain(part);
  });

  test('all that is wrong is told at once', () => {
    expect(() => parseRing('bad id:AAAA,k2:AAAA')).toThrow(/key 1: its id.*key 1: it is 32.*key 2: it is 32/);
  });
});

describe('candidates on a topic', () => {
  const candidate = (n: number): Candidate => ({
    detector: 'workos-customer-key',
    secret: new Secret(sample(`secret ${n}`, 40)),
    fingerprint: sample(`fingerprint ${n}`, 64),
    origin: { source: 'scan', locator: `file-${n}`, receivedAt: 1_700_000_000_000 + n, mode: 'live' },
    via: ['base64'],
    offset: n,
    length: 40,
  });

  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  const stage = async (delays = [3_600_000]) => {
    const home = await mkdtemp(join(tmpdir(), 'keyfuse-'));
    const store = openStore(join(home, 'keyfuse.db'), { reserveBytes: 0 });
    const retryPlan = { delays };
    const topic = createEmbeddedTopic({ store, clock: systemClock, retryPlan, haltPauseMs: 100, pollMs: 1_000 });
    ends.push(async () => {
      await topic.close();
      await store.close();
      await rm(home, { recursive: true });
    });
    return { home, topic };
  };

  test('come back whole, and no secret stands in any file', async () => {
    const { home, topic } = await stage();
    const candidates = createCandidates({ topic, seal: createSeal(ring('k1')) });
    const sent = Array.from({ length: 50 }, (_, n) => candidate(n));
    await candidates.publish(sent);
    const files = await Promise.all((await readdir(home)).map((name) => readFile(join(home, name))));
    expect(files.length).toBeGreaterThanOrEqual(2);
    for (const { secret, fingerprint, origin } of sent) {
      expect(files.some((bytes) => bytes.includes(fingerprint))).toBe(true);
      expect(files.filter((bytes) => bytes.includes(secret.expose()))).toHaveLength(0);
      expect(files.filter((bytes) => bytes.includes(origin.locator))).toHaveLength(0);
    }

    const got: Candidate[] = [];
    await candidates.consume(
      async (one) => {
        got.push(one);
        return { next: 'done' };
      },
      { concurrency: 4 },
    );
    await eventually('all', () => got.length === 50);
    const clear = (all: Candidate[]) =>
      all.map((one) => ({ ...one, secret: one.secret.expose() })).sort((a, b) => a.offset - b.offset);
    expect(clear(got)).toEqual(clear(sent));
  });

  test('what does not open is parked as unsealed, what is no candidate as malformed; neither is dealt with', async () => {
    const { topic } = await stage();
    const seal = createSeal(ring('k1'));
    const sealed = (text: string, key: string) => ({ key, value: seal.seal(Buffer.from(text), key) });
    const { fingerprint } = candidate(1);
    await topic.publish([
      { key: 'garbage', value: Buffer.from('garbage') },
      { key: 'empty', value: new Uint8Array() },
      { key: 'moved', value: seal.seal(plain, 'elsewhere') },
      { key: 'lost key', value: createSeal(ring('gone')).seal(plain, 'lost key') },
      sealed('no json', 'no json'),
      sealed('{"v":2}', 'next version'),
      sealed('null', 'null'),
    ]);
    const candidates = createCandidates({ topic, seal });
    await candidates.publish([candidate(1)]);
    const got: string[] = [];
    await candidates.consume(
      async (one) => {
        got.push(one.fingerprint);
        return { next: 'done' };
      },
      { concurrency: 4 },
    );
    await eventually('nothing waits', async () => (await topic.lag()).waiting === 0);
    const parked = await topic.parked.list();
    expect(parked.map(({ key, reason }) => `${key}: ${reason}`)).toEqual([
      'garbage: unsealed',
      'empty: unsealed',
      'moved: unsealed',
      'lost key: unsealed',
      'no json: malformed',
      'next version: malformed',
      'null: malformed',
    ]);
    expect(got).toEqual([fingerprint]);
  });

  test('what others sealed with a newer ring is opened when we have read it, too', async () => {
    const { topic } = await stage([100]);
    const [older, newer] = [ring('k1'), ring('k2', 'k1')];
    let seal = createSeal(older);
    let asked = 0;
    const ours = {
      seal: (...given: Parameters<typeof seal.seal>) => seal.seal(...given),
      open: (...given: Parameters<typeof seal.open>) => seal.open(...given),
    };
    const renew = async (): Promise<void> => {
      asked += 1;
      if (asked > 1) seal = createSeal(newer);
    };
    await createCandidates({ topic, seal: createSeal(newer) }).publish([candidate(1)]);
    const got: string[] = [];
    await createCandidates({ topic, seal: ours, renew }).consume(
      async (one) => {
        got.push(one.fingerprint);
        return { next: 'done' };
      },
      { concurrency: 4 },
    );
    await eventually('it to be opened', () => got.length === 1);
    expect({ asked, parked: await topic.parked.list() }).toEqual({ asked: 2, parked: [] });
  });
});
