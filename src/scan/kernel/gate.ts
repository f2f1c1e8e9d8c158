import { leadTables } from './signs.ts';

/** One bit per pair of a lead and the byte after it (GATE in `layout.ts`): the byte before is looked at when the pair stood. */
export const gateOf = (): Uint8Array => {
  const [, leading, after] = leadTables;
  const bits = new Uint8Array(65536 / 8);
  leading.forEach((kinds, lead) => {
    after.forEach((next, byte) => {
      const pair = lead | (byte << 8);
      if ((kinds & next) !== 0) bits[pair >> 3] = (bits[pair >> 3] ?? 0) | (1 << (pair & 7));
    });
  });
  return bits;
};
