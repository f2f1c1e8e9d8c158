import { type Decoder, SHORTEST_KEY, type View } from './view.ts';

/**
 * ASCII written as UTF-16 of either byte order, with or without a byte order mark: every second byte is zero. Whether
 * the zero stands at an odd offset of the flow tells the order.
 */
export const utf16: Decoder = (view, { overlap, piece }, give) => {
  const { bytes } = view;
  let zero = bytes.indexOf(0);
  while (zero >= 0) {
    let last = zero;
    while (last - zero < piece && bytes[last + 2] === 0 && bytes[last + 1] !== 0) last += 2;
    const cut = last - zero >= piece;
    if (last - zero >= 2 * (SHORTEST_KEY - 2)) give(narrowed(view, { zero, last, cut }));
    let next = cut ? last - (overlap & ~1) : last + 1;
    while (bytes[next] === 0 && bytes[next + 1] === 0) next += 1;
    zero = bytes.indexOf(0, next);
  }
};

/** The characters before, between and after the zeros. */
const narrowed = (
  view: View,
  { zero, last, cut }: { readonly zero: number; readonly last: number; readonly cut: boolean },
): View => {
  const first = zero > 0 && view.bytes[zero - 1] !== 0 ? zero - 1 : zero + 1;
  const end = (view.bytes[last + 1] ?? 0) === 0 ? last : last + 2;
  const text = Buffer.allocUnsafe((end - first + 1) >> 1);
  for (let i = 0; i < text.length; i += 1) text[i] = view.bytes[first + 2 * i] ?? 0;
  const bigEndian = view.place(zero, zero + 1).start % 2 === 0;
  const lead = bigEndian ? first - 1 : first;
  return {
    bytes: text,
    via: [...view.via, bigEndian ? 'utf-16be' : 'utf-16le'],
    cutStart: view.cutStart && zero === 0,
    cutEnd: cut || (view.cutEnd && last + 2 >= view.bytes.length),
    place: (from, to) => view.place(lead + 2 * from, lead + 2 * to),
  };
};
