import type { LineMark } from './lines.ts';
import type { Sighting } from './scan-finding.ts';
import type { UnitTells } from './unit.ts';

/** What a unit told, to be told again in another thread, or later. */
export interface Report {
  readonly found: readonly (readonly [sighting: Sighting, mark: LineMark])[];
  readonly unread: readonly (readonly [file: string, why: string])[];
  readonly read: number;
}

export const reportOf = async (scan: (tells: UnitTells) => Promise<void>): Promise<Report> => {
  const found: (readonly [Sighting, LineMark])[] = [];
  const unread: (readonly [string, string])[] = [];
  let read = 0;
  await scan({
    found: (...one) => found.push(one),
    unread: (...one) => unread.push(one),
    read(bytes) {
      read += bytes;
    },
  });
  return { found, unread, read };
};

export const tellAgain = ({ found, unread, read }: Report, tells: UnitTells): void => {
  tells.read(read);
  for (const one of found) tells.found(...one);
  for (const one of unread) tells.unread(...one);
};
