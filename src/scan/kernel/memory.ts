import { GUARD } from './kernel.ts';

export interface WindowSizes {
  /** How many windows, of how many bytes each. */
  readonly windows: number;
  readonly windowBytes: number;
}

/** Where in memory the windows begin and what is needed for all. Each begins at a multiple of 64. */
export const placeWindows = (first: number, { windows, windowBytes }: WindowSizes) => {
  const size = Math.ceil(windowBytes / 64) * 64 + 2 * GUARD;
  const begin = Math.ceil(first / 64) * 64 + GUARD;
  return {
    bases: Array.from({ length: windows }, (_, window) => begin + window * size),
    end: begin - GUARD + windows * size,
  };
};

/** A part of a window: addresses in memory, and where the window begins. */
export interface Part {
  readonly from: number;
  readonly to: number;
  readonly base: number;
}
