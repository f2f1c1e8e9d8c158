import type { Fragment } from '../core/fragment.ts';
import type { Origin } from '../core/origin.ts';
import type { Place } from './view.ts';

/**
 * What of a flow is to be scanned now. Each place of the flow is settled in exactly one stretch: the one whose
 * `from`–`to` its first byte lies in. So a key is found once, however the flow was cut.
 */
export interface Stretch {
  readonly bytes: Buffer;
  /** Offset in the flow of the first byte. */
  readonly base: number;
  /** A match that begins before was settled earlier: those bytes are there to be seen beside a match. */
  readonly from: number;
  /** A match that begins here or later may go on in the next fragment: it waits. */
  readonly to: number;
  readonly origin: Origin;
  /** Ends of settled matches that reach beyond `to`, by name of who matched; nothing of theirs begins inside. */
  readonly claimed: Map<string, number>;
}

/** Edges of a key, and enough to see that text is encoded. */
const CONTEXT = 64;

interface Flow {
  kept: Buffer;
  base: number;
  from: number;
  origin: Origin;
  readonly claimed: Map<string, number>;
}

/** Remembers of each flow only the bytes in which a key may still be growing. */
export const createFlows = ({ most, overlap }: { readonly most: number; readonly overlap: number }) => {
  /** Least recently used first. */
  const flows = new Map<string, Flow>();

  const end = (name: string): readonly Stretch[] => {
    const flow = flows.get(name);
    flows.delete(name);
    if (!flow) return [];
    const { kept: bytes, base, from, origin, claimed } = flow;
    return [{ bytes, base, from, to: Number.POSITIVE_INFINITY, origin, claimed }];
  };

  const proceed = (name: string, fragment: Fragment, incoming: Buffer): Stretch => {
    const { kept, base, from, claimed } = flows.get(name) ?? { kept: NOTHING, base: 0, from: 0, claimed: new Map() };
    const bytes = kept.length === 0 ? incoming : Buffer.concat([kept, incoming]);
    const { origin } = fragment;
    flows.delete(name);
    if (fragment.last) return { bytes, base, from, to: Number.POSITIVE_INFINITY, origin, claimed };
    const open = wordAtEnd(bytes, overlap);
    const start = Math.max(0, open - CONTEXT);
    const to = Math.max(from, base + open);
    flows.set(name, { kept: Buffer.from(bytes.subarray(start)), base: base + start, from: to, origin, claimed });
    return { bytes, base, from, to, origin, claimed };
  };

  return {
    /** What the fragment lets us settle, and what is left of flows that had to make room. */
    take(fragment: Fragment): readonly Stretch[] {
      const { buffer, byteOffset, byteLength } = fragment.bytes;
      const bytes = Buffer.from(buffer, byteOffset, byteLength);
      if (fragment.flow === undefined) {
        return [{ bytes, base: 0, from: 0, to: Number.POSITIVE_INFINITY, origin: fragment.origin, claimed: new Map() }];
      }
      const stretch = proceed(fragment.flow, fragment, bytes);
      const [oldest] = flows.size > most ? flows.keys() : [];
      return oldest === undefined ? [stretch] : [...end(oldest), stretch];
    },
    /** Ends a flow: what it held back. */
    end,
    get size(): number {
      return flows.size;
    },
  };
};

const NOTHING = Buffer.alloc(0);

const isBlank = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Where the word begins that the next fragment may continue; no key crosses a blank. At most `overlap` bytes back. */
const wordAtEnd = (bytes: Buffer, overlap: number): number => {
  const least = Math.max(0, bytes.length - overlap);
  let at = bytes.length;
  while (at > least && !isBlank(bytes[at - 1])) at -= 1;
  return at;
};

/** Notes the matches that reach beyond a stretch, and drops those that begin inside of one noted earlier. */
export const unclaimed = <T extends Place & { readonly by: string }>(
  matches: readonly T[],
  { from, to, claimed }: Stretch,
): readonly T[] => {
  const settled = matches.filter(({ by, start }) => start >= Math.max(from, claimed.get(by) ?? 0) && start < to);
  for (const [by, end] of claimed) if (end <= to) claimed.delete(by);
  for (const { by, end } of settled) if (end > to) claimed.set(by, Math.max(end, claimed.get(by) ?? 0));
  return settled;
};
