import { closeSync, openSync, readSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import type { Candidate } from '../core/candidate.ts';
import type { Scanner } from '../scan/scan.ts';
import { kindOf } from '../sources/unpack-kind.ts';
import { advance, type LineMark } from './lines.ts';
import { sighting } from './scan-finding.ts';
import type { Unit, UnitNeeds, UnitTells } from './unit.ts';

const READ = 1024 * 1024;
/** The event loop gets a turn after so many reads. */
const TURN_EVERY = 16;
/** What a range reads of its neighbours, so that nothing at its borders is lost: longer than any key with what is around it. */
const OVERLAP = 128 * 1024;

type Hit = Pick<Candidate, 'offset'> & { readonly candidate: Candidate; readonly base: number };

/**
 * Scans a plain file, or a range of one, with large reads into one buffer. Lines are counted only where something was
 * found, by reading again. `archive`: it is none; nothing was scanned.
 */
export const createPlainScan = ({ scanner, secrets }: Pick<UnitNeeds, 'scanner' | 'secrets'>) => {
  const buffer = Buffer.allocUnsafeSlow(READ);
  const zeros = Buffer.alloc(READ);

  const scanRange = async (fd: number, unit: Unit, tells: UnitTells): Promise<'plain' | 'archive'> => {
    const { file, from, to } = unit;
    const read = (at: number, most: number) => buffer.subarray(0, readSync(fd, buffer, 0, Math.min(READ, most), at));
    let at = from === 0 ? 0 : leadOf(read, from);
    let piece = read(at, to + OVERLAP - at);
    if (from === 0 && kindOf(piece) !== undefined) return 'archive';
    const flow = createFlow(scanner, file.path);
    if (piece.length === file.size && from === 0) {
      tells.read(piece.length);
      tellAll(flow.alone(piece), { unit, tells, secrets, read: (start, most) => piece.subarray(start, start + most) });
      return 'plain';
    }
    const hits: Hit[] = [];
    for (let reads = 1; piece.length > 0; reads += 1) {
      tells.read(Math.max(0, Math.min(at + piece.length, to) - Math.max(at, from)));
      hits.push(...flow.take(piece, at, file.sparse && piece.equals(zeros.subarray(0, piece.length))));
      at += piece.length;
      if (reads % TURN_EVERY === 0) await turn();
      piece = read(at, to + OVERLAP - at);
    }
    hits.push(...flow.end());
    const own = hits.filter(({ offset }) => offset >= from && offset < to);
    tellAll(own, { unit, tells, secrets, read });
    return 'plain';
  };

  return async (unit: Unit, tells: UnitTells): Promise<'plain' | 'archive'> => {
    const fd = openSync(unit.file.raw, 'r');
    try {
      return await scanRange(fd, unit, tells);
    } finally {
      closeSync(fd);
    }
  };
};

type Read = (at: number, most: number) => Buffer;

/** Where the reading of a range begins: at a line, if there is one near, for then nothing is cut in two. */
const leadOf = (read: Read, from: number): number => {
  const first = Math.max(0, from - OVERLAP);
  const newline = read(first, OVERLAP / 2).indexOf(10);
  return newline < 0 ? first : first + newline + 1;
};

/** One file as a flow; a run of zeros ends it, and another begins behind. */
const createFlow = (scanner: Scanner, path: string) => {
  const origin = { source: 'scan', locator: path, receivedAt: Date.now(), mode: 'backfill' } as const;
  let base = -1;
  const hits = (candidates: readonly Candidate[]): Hit[] =>
    candidates.map((candidate) => ({
      candidate,
      base: Math.max(0, base),
      offset: Math.max(0, base) + candidate.offset,
    }));
  const end = (): Hit[] => {
    const rest = base < 0 ? [] : hits(scanner.scan({ bytes: new Uint8Array(), origin, flow: path, last: true }));
    base = -1;
    return rest;
  };
  return {
    alone: (bytes: Buffer): Hit[] => hits(scanner.scan({ bytes, origin })),
    take(bytes: Buffer, at: number, empty: boolean): Hit[] {
      if (empty) return end();
      if (base < 0) base = at;
      return hits(scanner.scan({ bytes, origin, flow: path }));
    },
    end,
  };
};

interface Telling {
  readonly unit: Unit;
  readonly tells: UnitTells;
  readonly secrets: boolean;
  readonly read: Read;
}

/** Tells hits in their order, with newlines counted up to the last of them. */
const tellAll = (hits: Hit[], { unit, tells, secrets, read }: Telling): void => {
  const { from, file } = unit;
  let mark: LineMark = { newlines: 0, lineStart: from === 0 ? 0 : -1 };
  let at = from;
  for (const { candidate, base, offset } of hits.sort((a, b) => a.offset - b.offset)) {
    while (at < offset) {
      const piece = read(at, offset - at);
      if (piece.length === 0) break;
      mark = advance(mark, at, piece);
      at += piece.length;
    }
    tells.found(sighting(candidate, { file: file.path, via: [], secrets, base }), mark);
  }
};
