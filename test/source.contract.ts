import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Rejection } from '../src/core/facts.ts';
import type { SourceName } from '../src/core/origin.ts';
import { sample } from '../src/core/sample.ts';
import type { Source } from '../src/sources/index.ts';
import { eventually } from './support/eventually.ts';
import { createFacts, createSink, type Facts, type Sink } from './support/sink.ts';

/** One source with everything real around it, and somebody who brings it text. */
export interface Bench {
  readonly source: Source;
  /** Brings a text; does not wait for what becomes of it. */
  say(text: string): void;
  /** Brings something malformed; undefined when everything is well-formed here. */
  garble?(): Promise<void>;
  /** What garbling is counted as. */
  readonly counted?: Rejection;
  /** Texts that were acknowledged: 2xx, or the durable cursor stands behind them. Absent when nobody is told. */
  acknowledged?(): number;
  /** Texts that were refused so that the sender keeps them. Absent when the source itself comes back to them. */
  refused?(): number;
  close(): Promise<void>;
}

export interface Subject {
  readonly name: SourceName;
  readonly replayable: boolean;
  /**
   * Senders cannot be made to wait: what comes while emit hangs goes into a spool. A message has a bound of its own there,
   * so the long text of the suite comes as many.
   */
  readonly spools?: true;
  /** Tells subjects of one source apart. */
  readonly how?: string;
  start(facts: Facts): Promise<Bench>;
}

const line = (seed: string): string => `text ${sample(seed, 32)}`;
const QUIET_MS = 400;
/** What a source may have read ahead while nothing is taken: a few pieces, whatever waits outside. */
const MOST_AHEAD = 16 * 64 * 1024;

/** The compliance suite of `Source`. */
export const sourceContract = ({ name, replayable, spools, how = '', start }: Subject): void => {
  describe(`source contract: ${name}${how}`, () => {
    let facts: Facts;
    let sink: Sink;
    let bench: Bench;
    let stop: AbortController;
    let running: Promise<void>;

    beforeEach(async () => {
      facts = createFacts();
      sink = createSink();
      bench = await start(facts);
      stop = new AbortController();
      running = bench.source.run(sink.emit, stop.signal);
      await pause(50);
    });
    afterEach(async () => {
      sink.open();
      stop.abort();
      await running;
      await bench.close();
    });

    const stopsInTime = async (): Promise<void> => {
      const begun = performance.now();
      stop.abort();
      await running;
      expect(performance.now() - begun).toBeLessThan(1_500);
    };

    test('declares itself', () => {
      expect(bench.source.name).toBe(name);
      expect(bench.source.replayable).toBe(replayable);
    });

    test('yields what it is given, and every fragment says where it was and when it came', async () => {
      const begun = Date.now();
      bench.say(line('one'));
      bench.say(line('two'));
      await eventually('both texts', () => sink.has(line('one')) && sink.has(line('two')));
      for (const { origin } of sink.called) {
        expect(origin.source).toBe(name);
        expect(origin.locator.length).toBeGreaterThan(0);
        // A service in between may tell time in whole seconds.
        expect(origin.receivedAt).toBeGreaterThanOrEqual(begun - 1_000);
        expect(origin.receivedAt).toBeLessThanOrEqual(Date.now());
      }
      if (bench.acknowledged) await eventually('both acknowledged', () => bench.acknowledged?.() === 2);
    });

    test('waits for emit: nothing is acknowledged and little is read while it hangs', async () => {
      sink.shut();
      const texts = spools
        ? Array.from({ length: 70 }, (_, i) => `${line(`long ${i}`)} ${'filler '.repeat(8_000)}`)
        : [`${line('long')} ${'filler '.repeat(600_000)}`];
      for (const text of texts) bench.say(text);
      await eventually('an emit', () => sink.called.length > 0);
      await pause(QUIET_MS);
      expect(sink.called.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThan(MOST_AHEAD);
      expect(bench.acknowledged?.() ?? 0).toBe(0);
      sink.open();
      for (const text of texts) await eventually('the whole text', () => sink.has(text));
      if (bench.acknowledged) await eventually('its acknowledgement', () => bench.acknowledged?.() === 1);
    });

    test('what emit rejects is not acknowledged, and comes again', async () => {
      sink.refuse(true);
      bench.say(line('refused'));
      await eventually('an emit', () => sink.called.length > 0);
      if (bench.refused) await eventually('a refusal', () => bench.refused?.() === 1);
      else await pause(QUIET_MS);
      expect(bench.acknowledged?.() ?? 0).toBe(0);
      sink.refuse(false);
      if (bench.refused) bench.say(line('refused'));
      await eventually('the text again', () => sink.has(line('refused')));
      if (bench.acknowledged) await eventually('its acknowledgement', () => bench.acknowledged?.() === 1);
    });

    test('stops within a second when idle', stopsInTime);

    test('stops within a second while emit hangs, and acknowledges nothing', async () => {
      sink.shut();
      bench.say(line('hanging'));
      await eventually('an emit', () => sink.called.length > 0);
      await stopsInTime();
      expect(bench.acknowledged?.() ?? 0).toBe(0);
    });

    test('emits nothing after stop', async () => {
      sink.shut();
      for (let i = 0; i < 40; i += 1) bench.say(`${line(`many ${i}`)} ${'filler '.repeat(spools ? 8_000 : 20_000)}`);
      await eventually('an emit', () => sink.called.length > 0);
      stop.abort();
      const { length } = sink.called;
      sink.open();
      bench.say(line('too late'));
      await running;
      await pause(QUIET_MS);
      expect(sink.called.length).toBe(length);
    });

    test('what is malformed is counted and skipped', async () => {
      await bench.garble?.();
      const { counted } = bench;
      if (counted) await eventually('it is counted', () => facts.rejected(counted) === 1);
      bench.say(line('after'));
      await eventually('the text after it', () => sink.has(line('after')));
    });
  });
};
