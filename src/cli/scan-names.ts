import type { Scanner } from '../scan/scan.ts';
import type { PatchHit } from './scan-patch.ts';

const MOST = 1_000;
const NEWLINE = 10;

/** Scans names, many at once: each alone would cost what a small file does. `found` hears of one with a key in it. */
export const createNameScan = (scanner: Scanner, found: (name: string, hit: PatchHit) => void) => {
  const origin = { source: 'scan', locator: '', receivedAt: Date.now(), mode: 'backfill' } as const;
  let names: Buffer[] = [];
  const scan = (): void => {
    const scanned = names;
    names = [];
    if (scanned.length === 0) return;
    const bytes = Buffer.concat(scanned.flatMap((name) => [name, Buffer.of(NEWLINE)]));
    for (const candidate of scanner.scan({ bytes, origin })) {
      let start = 0;
      const name = scanned.find((one) => {
        const isThis = candidate.offset <= start + one.length;
        if (!isThis) start += one.length + 1;
        return isThis;
      });
      const offset = candidate.offset - start;
      if (name) found(name.toString(), { candidate: { ...candidate, offset }, line: 1, column: offset + 1 });
    }
  };
  return {
    scan,
    add(name: string): void {
      names.push(Buffer.from(name));
      if (names.length >= MOST) scan();
    },
  };
};
