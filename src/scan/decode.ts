import { base64 } from './base64.ts';
import { backslash, percent } from './escapes.ts';
import { utf16 } from './utf16.ts';
import type { Decoder, Sizes, View } from './view.ts';

/** Every encoding that is looked into. A new one is a file and a place in this list. */
const decoders: readonly Decoder[] = [base64, percent, backslash, utf16];

/** Looks at the view itself, then at all that is encoded in it, and in that, `depth` deep. */
export const lookInto = (
  view: View,
  { depth, ...sizes }: Sizes & { readonly depth: number },
  look: (view: View) => void,
): void => {
  look(view);
  if (depth === 0) return;
  const inside = { depth: depth - 1, ...sizes };
  for (const decode of decoders) decode(view, sizes, (inner) => lookInto(inner, inside, look));
};
