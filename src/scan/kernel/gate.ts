import { leadTables } from './signs.ts';

/** Pairs of a lead and the byte after it: the byte before it is looked at when the pair stood. */
const leadPairs = (): readonly number[] => {
  const [, leading, after] = leadTables;
  return Array.from(leading).flatMap((kinds, lead) =>
    kinds === 0 ? [] : Array.from(after).flatMap((next, byte) => ((kinds & next) === 0 ? [] : lead | (byte << 8))),
  );
};

/** One bit per pair of bytes that is worth a look (GATE in `layout.ts`); undefined when none is. */
export const gateOf = (pairs: readonly Uint32Array[], triggers: boolean): Uint8Array | undefined => {
  const all = [...pairs.flatMap((keys) => [...keys]), ...(triggers ? leadPairs() : [])];
  if (all.length === 0) return undefined;
  const bits = new Uint8Array(65536 / 8);
  for (const pair of all) bits[pair >> 3] = (bits[pair >> 3] ?? 0) | (1 << (pair & 7));
  return bits;
};
