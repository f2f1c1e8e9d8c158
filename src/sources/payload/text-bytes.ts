import { isUtf8 } from 'node:buffer';

/** A shorter text holds no key. */
export const SHORTEST = 8;

/** 0: a byte that text may hold. Of the control characters these are tab, line ends and escape. */
const strange: Readonly<Uint8Array> = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 ? Number(byte === 0x7f) : Number(![0x09, 0x0a, 0x0d, 0x1b].includes(byte)),
);

/** Is all of it text in UTF-8? */
export const isText = (bytes: Buffer): boolean => {
  let odd = 0;
  // Without a way out of the loop it is twice as fast, and nearly all that is asked about is text.
  for (let at = 0; at < bytes.length; at += 1) odd |= strange[bytes[at] ?? 0] ?? 0;
  return odd === 0 && isUtf8(bytes);
};

/** Bytes that follow the first of a character of text; -1: it begins none. */
const followers: Readonly<Int8Array> = Int8Array.from({ length: 256 }, (_, byte) => {
  if (byte < 0x80) return strange[byte] === 0 ? 0 : -1;
  if (byte < 0xc2 || byte > 0xf4) return -1;
  return byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
});

/** Does the byte go on a character that began before it? */
export const isInside = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** Where the text that begins at `from` ends: there, when none does. */
export const endOfText = (bytes: Buffer, from: number): number => {
  for (let at = from; ; ) {
    const more = followers[bytes[at] ?? 0] ?? -1;
    if (more < 0 || at + more >= bytes.length) return at;
    for (let next = 1; next <= more; next += 1) if (!isInside(bytes[at + next])) return at;
    at += more + 1;
  }
};
