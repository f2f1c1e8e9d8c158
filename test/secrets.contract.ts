import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import type { Place } from '../src/secrets/reference.ts';
import { isTrouble, type Store } from '../src/secrets/store.ts';

/** A store on a server of its own, and what only its side can do. */
export interface StoreBench {
  readonly store: Store;
  place(name: string, field?: string): Place;
  /** Puts an entry there, as its owners do; undefined where there are no fields. */
  readonly putFields?: (name: string, fields: Readonly<Record<string, string>>) => Promise<void>;
  readonly fieldsOf?: (name: string) => Promise<Readonly<Record<string, string>>>;
  /** The same store for somebody who may do nothing. */
  readonly refused: Store;
  /** The same where nobody answers; undefined where that cannot be. */
  readonly away?: Store;
  /** Whether an entry must be made by its owners before anything can be put there. */
  readonly make?: (name: string) => Promise<void>;
  stop(): Promise<void>;
}

/** What every secret store keeps to. `field`: the one that is written where entries have fields. */
export const storeContract = (name: string, open: () => Promise<StoreBench>, { field }: { field?: string } = {}) =>
  describe(`the store ${name}`, () => {
    let bench: StoreBench;
    beforeAll(async () => {
      bench = await open();
    }, 90_000);
    afterAll(() => bench?.stop());

    const value = (seed: string) => new Secret(`sk_${sample(`${name} ${seed}`, 40)}`);
    /** The text that was found; what went wrong holds nothing of it. */
    const read = async (place: Place, store = bench.store) => {
      const found = await store.read(place);
      return isTrouble(found) ? found.trouble : found.secret.expose();
    };
    const made = async (entry: string): Promise<Place> => {
      await bench.make?.(entry);
      return bench.place(entry, field);
    };

    test('what is put there is read, and what is put later replaces it', async () => {
      const place = await made('rotated');
      for (const each of [value('one'), value('two')]) {
        expect(await bench.store.write(place, each)).toBeUndefined();
        expect(await read(place)).toBe(each.expose());
      }
    });

    test('a version is told, and another one after a change', async () => {
      const place = await made('versions');
      const versions: unknown[] = [];
      for (const seed of ['one', 'two']) {
        await bench.store.write(place, value(seed));
        const found = await bench.store.read(place);
        if (!isTrouble(found)) versions.push(found.version);
      }
      // A file has none.
      if (versions[0] !== undefined) expect(new Set(versions).size).toBe(2);
      expect(versions).toHaveLength(2);
    });

    test('text of every kind comes back as it was', async () => {
      const texts = ['ä € 𝒳 "quoted" \\ $HOME `x`', `-----BEGIN\nlines\n-----END\n`, sample('long', 20_000)];
      for (const [at, text] of texts.entries()) {
        const place = await made(`text${at}`);
        expect(await bench.store.write(place, new Secret(text))).toBeUndefined();
        expect(await read(place)).toBe(text);
      }
    });

    test('where nothing is, nothing is found', async () => {
      expect(await read(bench.place('nothing', field))).toBe('absent');
    });

    test('who may not is told so, and no value', async () => {
      const place = await made('guarded');
      await bench.store.write(place, value('guarded'));
      const [found, written] = [await bench.refused.read(place), await bench.refused.write(place, value('another'))];
      expect([found, written]).toEqual([
        { trouble: 'refused', why: expect.any(String) },
        { trouble: 'refused', why: expect.any(String) },
      ]);
      expect(await read(place)).toBe(value('guarded').expose());
      expect(inspect([found, written], { depth: 9 })).not.toContain(value('guarded').expose().slice(3));
    });

    test('a store that does not answer is another thing than one that says no', async () => {
      const { away } = bench;
      if (!away) return;
      const place = bench.place('away', field);
      expect(await away.read(place)).toMatchObject({ trouble: 'unreachable' });
      expect(await away.write(place, value('lost'))).toMatchObject({ trouble: 'unreachable' });
    }, 60_000);

    test('the other fields of an entry stay', async () => {
      const { putFields, fieldsOf } = bench;
      if (!putFields || !fieldsOf) return;
      await putFields('shared', { url: 'https://example.com', key: 'before', note: 'ours' });
      expect(await bench.store.write(bench.place('shared', 'key'), value('field'))).toBeUndefined();
      const fields = { url: 'https://example.com', key: value('field').expose(), note: 'ours' };
      expect(await fieldsOf('shared')).toEqual(fields);
      expect(await read(bench.place('shared', 'note'))).toBe('ours');
      expect(await read(bench.place('shared', 'no such'))).toBe('absent');
      expect(await read(bench.place('shared', 'toString'))).toBe('absent');
    });
  });
