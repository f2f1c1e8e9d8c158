/** Looks at candidates with the inventory in DATA_DIR, in a process of its own: `node keys-process.ts`. */
import { join } from 'node:path';
import { openInventory } from '../src/app-inventory.ts';
import { readKeysSettings } from '../src/config-read.ts';
import { systemClock as clock } from '../src/core/clock.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import { openStore } from '../src/store.ts';

/** What the process says at its end, as JSON. */
export interface Looked {
  /** Nanoseconds of one look. */
  readonly ns: number;
  /** Candidates that may be keys of ours. */
  readonly matches: number;
}

const LOOKS = 2_000_000;
const CANDIDATES = 10_000;
const settings = await readKeysSettings({ env: process.env });
const store = openStore(join(settings.dataDir, 'keyfuse.db'));
const record = async (): Promise<void> => undefined;
const { prefilter, pages } = openInventory(settings, { store, clock, record, staleMs: 3_600_000 });
await prefilter?.refresh();
const [ours = []] = pages();
/** Strangers' candidates, and every hundredth one that ends as a key of ours. */
const secrets = Array.from({ length: CANDIDATES }, (_, nth) => {
  const end = nth % 100 === 0 ? ours[nth / 100]?.masked.slice(-4) : '';
  return new Secret(`sk_${sample(`look ${nth}`, 40)}${end}`);
});
let matches = 0;
const begun = clock.monotonic();
for (let round = 0; round < LOOKS / CANDIDATES; round += 1)
  for (const secret of secrets) if (prefilter?.look(secret).said === 'match') matches += 1;
const said: Looked = { ns: ((clock.monotonic() - begun) * 1e6) / LOOKS, matches };
await store.close();
process.stdout.write(`${JSON.stringify(said)}\n`);
