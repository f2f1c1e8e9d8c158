import { createReadStream } from 'node:fs';
import { type Unpacked, unpack } from '../sources/unpack.ts';
import { isBroken } from '../sources/unpack-budget.ts';
import { createLines } from './lines.ts';
import { sighting } from './scan-finding.ts';
import { createPlainScan } from './scan-plain.ts';
import type { Unit, UnitNeeds, UnitTells } from './unit.ts';

const PIECE = 256 * 1024;

export const whyOf = (error: unknown): string =>
  isBroken(error) ? error.message : ((error as NodeJS.ErrnoException).code ?? 'error');

/** Scans units one after the other, and streams; what is in archives too. Never rejects for what cannot be read. */
export const createUnitScan = (needs: UnitNeeds) => {
  const { scanner, secrets, limits } = needs;
  const scanPlain = createPlainScan(needs);

  const scanPart = async ({ file, via, bytes }: Unpacked, tells: UnitTells): Promise<void> => {
    const lines = createLines();
    const origin = { source: 'scan', locator: file, receivedAt: Date.now(), mode: 'backfill' } as const;
    const flow = file;
    const take = (piece: Uint8Array, last = false): void => {
      for (const candidate of scanner.scan({ bytes: piece, origin, flow, last }))
        tells.found(sighting(candidate, { file, via, secrets }), lines.at(candidate.offset));
    };
    try {
      for await (const piece of bytes) {
        lines.add(piece);
        take(piece);
      }
    } catch (error) {
      tells.unread(file, whyOf(error));
      if (isBroken(error) && error.broken === 'whole') throw error;
    } finally {
      take(new Uint8Array(), true);
    }
  };

  /** A stream, or what is in it where it is an archive. */
  const scanStream = async (file: string, bytes: AsyncIterable<Buffer>, tells: UnitTells): Promise<void> => {
    const read = async function* (): AsyncGenerator<Buffer> {
      for await (const piece of bytes) {
        tells.read(piece.length);
        yield piece;
      }
    };
    try {
      const parts = unpack({ file, via: [], bytes: read() }, { limits, unread: tells.unread });
      for await (const part of parts) await scanPart(part, tells);
    } catch (error) {
      tells.unread(file, whyOf(error));
    }
  };

  return {
    scanStream,
    async scanUnit(unit: Unit, tells: UnitTells): Promise<void> {
      try {
        if ((await scanPlain(unit, tells)) === 'plain') return;
        const { path, raw } = unit.file;
        await scanStream(path, createReadStream(raw, { highWaterMark: PIECE }), tells);
      } catch (error) {
        tells.unread(unit.file.path, whyOf(error));
      }
    },
  };
};
