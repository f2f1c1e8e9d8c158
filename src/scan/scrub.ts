import type { Engine } from './engine.ts';
import { begun } from './flows.ts';
import { createReader } from './reader.ts';

/** Readings that put text together from parts: what stands between the parts may be somebody else's. */
const SPREAD: readonly string[] = ['wrapped', 'joined'];

/**
 * A function that replaces every text that fits a detector by `[secret]`, also where it is encoded, proved or not: for
 * what people and logs get to see.
 */
export const createScrub = (engine: Engine): ((text: string) => string) => {
  const reader = createReader(engine, () => undefined);
  const placesIn = (bytes: Buffer) => {
    const places: { readonly start: number; readonly end: number }[] = [];
    for (const { matches } of reader.read(begun({ origin: ORIGIN }), bytes, true)) {
      places.push(...matches.filter(({ via }) => !via.some((name) => SPREAD.includes(name))));
    }
    return places.sort((a, b) => a.start - b.start);
  };
  return (text) => {
    const bytes = Buffer.from(text);
    const places = placesIn(bytes);
    if (places.length === 0) return text;
    let clean = '';
    let at = 0;
    for (const { start, end } of places) {
      if (start >= at) clean += `${bytes.toString('utf8', at, start)}[secret]`;
      at = Math.max(at, end);
    }
    return clean + bytes.toString('utf8', at);
  };
};

const ORIGIN = { source: 'scan', locator: '', receivedAt: 0, mode: 'backfill' } as const;
