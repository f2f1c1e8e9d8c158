import type { Anchor } from '../pattern/anchor.ts';
import { hitsBefore } from './hits.ts';
import { layImage } from './image.ts';
import { type Hits, type Kernel, TRIGGER } from './kernel.ts';
import { DONE } from './layout.ts';
import { load, simdHere } from './load.ts';
import { placeWindows, type WindowSizes } from './memory.ts';
import { createPlain } from './plain.ts';
import type { Seating } from './seat.ts';
import { seatingOf } from './seating.ts';

export interface KernelOptions extends WindowSizes {
  readonly anchors: readonly Anchor[];
  /** Look for what may hide a key in an encoding, too. As a rule it does. */
  readonly triggers?: boolean;
  /** The instructions to use; as a rule the best there are. `none`: the plain twin. */
  readonly simd?: 'relaxed' | 'plain' | 'none';
  /** Milliseconds to spend on better seats, for many anchors that were not annealed beforehand. */
  readonly annealMs?: number;
  /** Where the masks look for the anchors, if that is known already. */
  readonly seating?: Seating;
}

const createSimd = (options: KernelOptions, simd: 'relaxed' | 'plain'): Kernel => {
  const { anchors, annealMs = 0, triggers = true } = options;
  const seating = options.seating ?? seatingOf(anchors, triggers, annealMs);
  const image = layImage(anchors, seating, triggers);
  const { bases, end } = placeWindows(image.end, options);
  const { memory, scan } = load(end, simd);
  const bytes = new Uint8Array(memory);
  for (const piece of image.pieces) bytes.set(piece.bytes, piece.at);
  const at = new Uint32Array(memory, image.hits.at, image.hits.room);
  const what = new Uint32Array(memory, image.hits.what, image.hits.room);
  const head = new Uint32Array(memory, 0, 32);
  const look = (window: number, from: number, to: number): Hits => {
    const base = bases[window] ?? 0;
    const count = scan(base + from, base + to, base);
    const done = (head[DONE / 4] ?? 0) - base;
    return hitsBefore({ count, at, what, done }, to);
  };
  return { simd: true, windows: bases.map((base) => Buffer.from(memory, base, options.windowBytes)), look };
};

/** A kernel for these anchors: SIMD where it is to be had, its plain twin elsewhere. Throws a RangeError for too many. */
export const createKernel = (options: KernelOptions): Kernel => {
  if (options.anchors.length >= TRIGGER) throw new RangeError(`more than ${TRIGGER} anchors: use fewer rules`);
  const simd = options.simd ?? simdHere();
  return simd === 'none' ? createPlain(options) : createSimd(options, simd);
};
