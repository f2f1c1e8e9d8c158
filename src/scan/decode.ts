import { base64 } from './base64.ts';
import { backslash, percent } from './escapes.ts';
import { utf16 } from './utf16.ts';
import type { Decoder, Sizes, View } from './view.ts';

/** Every encoding that is looked into. A new one is a file and a place in this list. */
const decoders: readonly Decoder[] = [base64, percent, backslash, utf16];

/** The view itself, then all that is encoded in it, and in that, `depth` deep. */
export const viewsOf = function* (view: View, depth: number, sizes: Sizes): Generator<View> {
  yield view;
  if (depth === 0) return;
  for (const decode of decoders) {
    for (const inner of decode(view, sizes)) yield* viewsOf(inner, depth - 1, sizes);
  }
};
