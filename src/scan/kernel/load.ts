import { readFileSync } from 'node:fs';

/** What there is of WebAssembly in Node; its types come with the DOM's only. */
interface Platform {
  validate(bytes: Uint8Array): boolean;
  readonly Memory: new (pages: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { env: { memory: object } },
  ) => { readonly exports: Readonly<Record<string, unknown>> };
}
/** Absent where Node may not make code (`--jitless`). */
const platform = (globalThis as { WebAssembly?: Platform }).WebAssembly;

const PAGE = 65536;

/** The compiled module of `assembly/` and its memory. */
export interface Loaded {
  readonly memory: ArrayBuffer;
  scan(from: number, to: number, base: number): number;
}

/** A module of one swizzle: is it valid here? `relaxed` of it: one instruction instead of three on x86-64. */
const probe = (...swizzle: readonly number[]): Uint8Array<ArrayBuffer> => {
  const code = [0x41, 0, 0xfd, 0x0f, 0x41, 0, 0xfd, 0x0f, 0xfd, ...swizzle, 0x0b];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, 5, 1, 0x60, 0, 1, 0x7b],
    ...[3, 2, 1, 0],
    ...[0x0a, code.length + 3, 1, code.length + 1, 0, ...code],
  ]);
};

/** The instructions that can be had here. */
export const simdHere = (): 'relaxed' | 'plain' | 'none' => {
  if (platform?.validate(probe(0x80, 0x02)) === true) return 'relaxed';
  return platform?.validate(probe(0x0e)) === true ? 'plain' : 'none';
};

/** Starts the kernel on a memory of `size` bytes. `npm run build` compiles it, to the folder of this file. */
export const load = (size: number, simd: 'relaxed' | 'plain'): Loaded => {
  if (platform === undefined) throw new Error('no WebAssembly here');
  const pages = Math.ceil(size / PAGE);
  const memory = new platform.Memory({ initial: pages, maximum: pages });
  const bytes = readFileSync(new URL(`./kernel-${simd}.wasm`, import.meta.url));
  const { exports } = new platform.Instance(new platform.Module(bytes), { env: { memory } });
  const { scan } = exports;
  if (typeof scan !== 'function') throw new Error(`kernel-${simd}.wasm does not scan`);
  return { memory: memory.buffer, scan: (from, to, base) => Number(scan(from, to, base)) };
};
