/** The first two bytes of zlib as one number, big-endian, with the window that all take (RFC 1950, 2.2). */
export const zlibHeads: ReadonlySet<number> = new Set([0x7801, 0x785e, 0x789c, 0x78da]);
