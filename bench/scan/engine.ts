import { createHmac, randomBytes } from 'node:crypto';
import type { Detector } from '../../src/core/detector.ts';
import { createScanner } from '../../src/scan/scan.ts';

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
export const createPass = (detectors: readonly Detector[], decoders: boolean) => {
  const key = randomBytes(32);
  const scanner = createScanner({
    detectors,
    fingerprint: (detector, secret) =>
      createHmac('sha256', key).update(`${detector}\0${secret.expose()}`).digest('hex'),
    record: async () => undefined,
    ...(decoders ? {} : { limits: { depth: 0 } }),
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

export const createKeyfuse = (detectors: readonly Detector[], decoders: boolean, bytes: Buffer): Engine => {
  const pass = createPass(detectors, decoders);
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
