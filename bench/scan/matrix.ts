import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median } from '../numbers.ts';
import { createCopy, createKeyfuse, type Engine } from './engine.ts';
import { createLineCount, createRipgrep, createSecretlint, startVectorscan } from './peers.ts';
import type { PatternSet } from './sets.ts';
import type { Sample } from './texts.ts';

/** MB/s of each engine, once per round. */
export type Rates = ReadonlyMap<string, readonly number[]>;

export interface Cell {
  readonly text: Sample['name'];
  readonly set: PatternSet | undefined;
  readonly rates: Rates;
  /** Patterns that Vectorscan does not take. */
  readonly refused?: number;
}

/** Runs every engine once a round, in turn, so that the machine's moods fall on all alike; the first is not counted. */
const inTurn = async (engines: readonly Engine[], rounds: number): Promise<Rates> => {
  const rates = new Map<string, number[]>(engines.map(({ name }) => [name, []]));
  for (const engine of engines) await engine.run();
  for (let round = 0; round < rounds; round += 1) {
    for (const engine of engines) {
      globalThis.gc?.();
      const seconds = await engine.run();
      rates.get(engine.name)?.push(engine.bytes / 1e6 / Math.max(seconds, 1e-6));
    }
  }
  for (const engine of engines) engine.close();
  return rates;
};

/** Median of the ratios inside the rounds; undefined where one of the two was not there. */
export const ratio = (rates: Rates, of: string, to: string): number | undefined => {
  const below = rates.get(to);
  const ratios = rates.get(of)?.flatMap((rate, round) => (below?.[round] ? rate / below[round] : [])) ?? [];
  return ratios.length === 0 ? undefined : median(ratios);
};

export interface Place {
  readonly folder: string;
  readonly rounds: number;
  /** The built C program, where it could be built. */
  readonly vectorscan: string | undefined;
}

/** Engines that take no patterns of ours. */
export const measureBare = async ({ name, bytes }: Sample, { folder, rounds }: Place): Promise<Cell> => {
  const file = join(folder, `${name}.txt`);
  writeFileSync(file, bytes);
  const engines = [createCopy(bytes), createLineCount(file, bytes.length), createSecretlint(bytes)];
  return { text: name, set: undefined, rates: await inTurn(engines, rounds) };
};

export const measureSet = async ({ name, bytes }: Sample, set: PatternSet, place: Place): Promise<Cell> => {
  const { folder, rounds, vectorscan } = place;
  const file = join(folder, `${name}.txt`);
  writeFileSync(file, bytes);
  const peer =
    vectorscan && set.goals && (await startVectorscan(vectorscan, { folder, file, bytes: bytes.length }, set.plain));
  const ripgrep = set.goals && createRipgrep(folder, bytes, set.plain);
  const ours = [false, true].map((decoders) => createKeyfuse(set, decoders, bytes));
  const engines = [...ours, ...(peer ? [peer] : []), ...(ripgrep ? [ripgrep] : [])];
  const refused = peer ? { refused: peer.refused } : {};
  return { text: name, set, rates: await inTurn(engines, rounds), ...refused };
};
