/**
 * A process of its own on a journal: `node journal-child.ts FOLDER PREFIX COUNT`. Appends from eight sides at once (for
 * ever when COUNT is 0), and prints the incident of each record after it was acknowledged.
 */
import { writeSync } from 'node:fs';
import { openTestJournal } from './journal.ts';

const [folder = '', prefix = '', count = '0'] = process.argv.slice(2);
const most = Number(count) || Number.POSITIVE_INFINITY;
const journal = await openTestJournal(folder, { segmentBytes: 200_000 });
let next = 0;

const side = async (): Promise<void> => {
  while (next < most) {
    const incident = `${prefix}-${next}`;
    next += 1;
    await journal.append({ what: 'revocation.intended', incident, attempt: 1, why: { detail: 'x'.repeat(300) } });
    writeSync(1, `${incident}\n`);
  }
};

writeSync(1, 'open\n');
await Promise.all(Array.from({ length: 8 }, side));
await journal.close();
