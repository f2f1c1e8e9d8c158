import { createSecretKey, randomBytes } from 'node:crypto';
import { createFingerprint } from '../../src/core/candidate.ts';
import { type Engine as Compiled, createEngine } from '../../src/scan/engine.ts';
import { createScanner } from '../../src/scan/scan.ts';
import type { PatternSet } from './sets.ts';

/** One pass over a text; CPU seconds it took. */
export interface Engine {
  readonly name: string;
  /** Bytes it is given: less than all where it is slow. */
  readonly bytes: number;
  run(): Promise<number>;
  close(): void;
}

const PIECE = 1 << 20;

/** CPU seconds of this process, all its threads. */
export const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Scans a text as a flow of fragments of 1 MiB, as the command does; gives the number of candidates. */
export const createPass = (engine: Compiled) => {
  const key = createSecretKey(randomBytes(32));
  const scanner = createScanner({
    engine,
    fingerprint: createFingerprint(key),
    record: async () => undefined,
  });
  const origin = { source: 'scan', locator: 'bench', receivedAt: 0, mode: 'backfill' } as const;
  let flow = 0;
  return (bytes: Buffer): number => {
    flow += 1;
    let found = 0;
    for (let at = 0; at < bytes.length; at += PIECE) {
      const last = at + PIECE >= bytes.length;
      found += scanner.scan({ bytes: bytes.subarray(at, at + PIECE), origin, flow: `bench ${flow}`, last }).length;
    }
    return found;
  };
};

/** Annealing takes long: once for all texts. */
const compiled = new Map<string, Compiled>();
const compiledOf = ({ name, rules, annealMs }: PatternSet, decoders: boolean): Compiled => {
  const key = `${name} ${decoders}`;
  const known = compiled.get(key) ?? createEngine(rules, { annealMs, ...(decoders ? {} : { depth: 0 }) });
  compiled.set(key, known);
  return known;
};

export const createKeyfuse = (set: PatternSet, decoders: boolean, bytes: Buffer): Engine => {
  const pass = createPass(compiledOf(set, decoders));
  return {
    name: decoders ? 'keyfuse' : 'keyfuse, no decoders',
    bytes: bytes.length,
    async run() {
      const began = cpuSeconds();
      pass(bytes);
      return cpuSeconds() - began;
    },
    close: () => undefined,
  };
};

/** The copy that every scan must at least make. */
export const createCopy = (bytes: Buffer): Engine => {
  const target = Buffer.alloc(bytes.length);
  return {
    name: 'memcpy',
    bytes: bytes.length,
    async run() {
      const began = cpuSeconds();
      for (let time = 0; time < 4; time += 1) bytes.copy(target);
      return (cpuSeconds() - began) / 4;
    },
    close: () => undefined,
  };
};
