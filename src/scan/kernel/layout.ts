/**
 * Where things stand in the kernel's memory, in bytes from its beginning: the host writes them, the kernel reads them.
 * Both compile this file; it holds numbers only.
 */

/** Bytes that are looked at in one go: few enough to stay in the first cache. */
export const BLOCK = 4096;

/** Most bytes of a terminal's control sequence, from its bracket on. */
export const LONGEST_SEQUENCE = 40;

/** The head: numbers of four bytes. First how the masks are made: positions (3 or 4), passes of eight buckets (1 or 2). */
export const POSITIONS = 0;
export const PASSES = 4;
/** Hash of a window: the upper bits of its four bytes multiplied. */
export const SHIFT = 8;
/** Where the index of hashes stands, and that of pairs of bytes: 0 where no anchor needs pairs. */
export const HASHES = 12;
export const PAIRS = 16;
/** Lists of anchors, numbers of two bytes, each list ends in END. */
export const LISTS = 20;
export const ANCHORS = 24;
export const CHECKS = 28;
/** Sets of anchors that are no letter: place in the anchor, set; two bytes each. */
export const CLASSES = 32;
export const CHECK_COUNT = 36;
/** Byte tables of 256 entries, one per set. */
export const SETS = 40;
export const HITS_AT = 44;
export const HITS_WHAT = 48;
/** Hits after which no further place is looked at. */
export const FULL = 52;
/** Most bytes from an anchor's first to the last of its window. */
export const REACH = 56;
/** 1: look for triggers too. */
export const TRIGGERS = 60;
/** The kernel's answer: how far it looked. */
export const DONE = 64;
/** One bit per pair of bytes: may a trigger's lead and the byte after it be it? 0: no triggers are looked for. */
export const GATE = 68;

/** Nibble tables: per pass and position sixteen bytes for the lower and sixteen for the upper nibble. */
export const NIBBLES = 256;
export const NIBBLES_PASS = 128;
export const NIBBLES_POSITION = 32;

/** Buckets of the last pass that belong to the leads of triggers, where those are looked for. */
export const LEADS = 5;

/** One bit per byte of a block: does a window end there that some bucket allows? */
export const MASKS = 512;
/** Of those places: where an anchor's window may end by its hash, and the byte after what may be a lead. */
export const QUEUE = 1024;
export const LEAD_QUEUE = QUEUE + BLOCK * 4;
/** Of the triggers, tables of 256 entries: what a byte may be; its value in base64; nibble tables of quads. */
export const SIGNS = LEAD_QUEUE + BLOCK * 4;
export const SEXTETS = SIGNS + 256;
/** What a byte may be to a lead, one bit a kind of lead: the byte before it, the lead, the byte after it. */
export const BEFORE_LEAD = SEXTETS + 256;
export const LEAD = BEFORE_LEAD + 256;
export const AFTER_LEAD = LEAD + 256;
export const QUAD_NIBBLES = AFTER_LEAD + 256;
/** The beginnings of names, four bytes each. */
export const NAMES = QUAD_NIBBLES + 64;
export const NAME_COUNT = 16;
/** One bit per byte of a block and of 64 bytes before it: may a quad of base64 begin there, or a pair of hex? */
export const QUADS = NAMES + NAME_COUNT * 4;
export const TWINS = QUADS + 640;
/** Here the tables begin whose size depends on the anchors. */
export const FREE = TWINS + 640;

/**
 * An index of keys: three addresses. One bit per key: has it a list? For each 64 of those bits, how many are set before
 * them; and for each key that has a list, where it begins in LISTS. Numbers of two bytes, but the second: four.
 */
export const INDEX_BITS = 0;
export const INDEX_RANKS = 4;
export const INDEX_LISTS = 8;

/**
 * An anchor: length, bytes from its first to the last of its window, edge (1) or not, how many checks and which is the
 * first; how many sets that are no letter and which is the first; then, for its first 16 bytes, bits to set in the text
 * and what must come out: all bits where there is no letter.
 */
export const ANCHOR_SIZE = 48;
export const ANCHOR_LENGTH = 0;
export const ANCHOR_BACK = 1;
export const ANCHOR_EDGE = 2;
export const ANCHOR_CHECKS = 3;
export const ANCHOR_CHECK = 4;
export const ANCHOR_CLASSES = 8;
export const ANCHOR_CLASS = 12;
export const ANCHOR_FOLD = 16;
export const ANCHOR_TEXT = 32;

/**
 * A check: set, count, first and last place of the run's first byte (from the anchor's first byte), then what the kernel
 * remembers: two places between which all bytes are of the set, and two between which no run begins.
 */
export const CHECK_SIZE = 32;
export const CHECK_SET = 0;
export const CHECK_RUN = 4;
export const CHECK_FIRST = 8;
export const CHECK_LAST = 12;
export const CHECK_FROM = 16;
export const CHECK_TO = 20;
export const CHECK_BARREN = 24;
export const CHECK_FERTILE = 28;

/** Ends a list of anchors. */
export const END = 0xffff;
/** Golden ratio: spreads the bytes of a window over the hash. */
export const SPREAD = 0x9e3779b1;

/**
 * What a byte, or the byte that an escape stands for, may be to a trigger: one bit each (`signs.ts`). First: a letter, a digit or one of `_ - . + / ~`: what stands on both
 * sides of a break inside a key.
 */
export const INNER = 1;
/** A letter before a string that says what it is (`f"…"`, `@"…"`). */
export const PREFIX = 2;
export const HEX = 4;
/** Worth being percent-encoded, or being quoted-printable. */
export const PERCENT = 8;
export const QUOTED = 16;
/** ASCII text: printable, tab, line end. */
export const TEXT = 32;
/** What may follow at once on a string that is joined to another, and what may stand between the two. */
export const FIRST = 64;
export const GAP = 128;
/** Value in base64 of a byte that has none. */
export const NO_SEXTET = 0xff;
