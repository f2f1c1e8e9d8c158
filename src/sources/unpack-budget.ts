/** How far archives are unpacked, all that is inside one file together. */
export interface UnpackLimits {
  /** Archives within archives. */
  readonly depth: number;
  readonly bytes: number;
  /** Unpacked bytes per packed one, once more than `ratioFrom` were unpacked. */
  readonly ratio: number;
  readonly ratioFrom: number;
  readonly members: number;
}

export const unpackLimits: UnpackLimits = {
  depth: 4,
  bytes: 8 * 1024 ** 3,
  ratio: 300,
  ratioFrom: 64 * 1024 ** 2,
  members: 500_000,
};

/** Packed bytes that are unpacked at once: at the worst a thousand times as many come out, and wait in memory. */
export const PACKED_PIECE = 16 * 1024;

/** Why unpacking ended early. `whole`: for the whole file, not only for one member. */
export interface Broken extends Error {
  readonly broken: 'part' | 'whole';
}

export const broken = (why: string, of: Broken['broken'] = 'part'): Broken =>
  Object.assign(new Error(why), { broken: of });

export const isBroken = (error: unknown): error is Broken => error instanceof Error && 'broken' in error;

/** A member has a header and an entry. */
const PARTS = 3;

/** Counts what one file brings; throws when it is a bomb. */
export const createBudget = (limits: UnpackLimits) => {
  let packed = 0;
  let unpacked = 0;
  let members = 0;
  let parts = 0;
  const mostBytes = () => Math.max(limits.ratioFrom, packed * limits.ratio);
  return {
    limits,
    packed(bytes: number): void {
      packed += bytes;
    },
    unpacked(bytes: number): void {
      unpacked += bytes;
      if (unpacked > limits.bytes) throw broken(`unpacks to more than ${limits.bytes} bytes`, 'whole');
      if (unpacked > mostBytes()) throw broken(`unpacks to more than ${limits.ratio} times its size`, 'whole');
    },
    /** Of an archive: a header, an entry of its directory, bytes between them. */
    part(): void {
      parts += 1;
      if (parts > PARTS * limits.members) throw broken(`more than ${PARTS * limits.members} parts`, 'whole');
    },
    member(): void {
      members += 1;
      if (members > limits.members) throw broken(`more than ${limits.members} members`, 'whole');
    },
  };
};

export type Budget = ReturnType<typeof createBudget>;
