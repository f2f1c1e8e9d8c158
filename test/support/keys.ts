import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workosKeeper } from '../../detectors/workos-customer-key.keeper.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Fact } from '../../src/core/facts.ts';
import { fixedSecret } from '../../src/core/live-secret.ts';
import { sample } from '../../src/core/sample.ts';
import { Secret } from '../../src/core/secret.ts';
import { type EmulatedWorkosOptions, startEmulatedWorkos } from '../../src/demo/workos.ts';
import { createIssuer } from '../../src/issuers/road.ts';
import { createInventory, type InventoryNeeds } from '../../src/keys/inventory.ts';
import { openStore } from '../../src/store.ts';

const rules = { staleDays: 90, unusedDays: 30, expiringDays: 14, permissions: [] };

/** An emulated WorkOS and a store, for inventories that share one clock; `end` ends both. */
export const openKeysRoom = async (assume: EmulatedWorkosOptions['assume'] = {}) => {
  const time = { now: Date.now() };
  const clock = { ...systemClock, now: () => time.now };
  const facts: Fact[] = [];
  const record = async (fact: Fact): Promise<void> => void facts.push(fact);
  const credential = `sk_test_${sample('emulator credential', 24)}`;
  const workos = await startEmulatedWorkos({ credential, now: clock.now, assume });
  const dir = mkdtempSync(join(tmpdir(), 'keyfuse-keys-'));
  const store = openStore(join(dir, 'keyfuse.db'));
  const issuerOf = (environment = 'default', perSecond = 10_000) => {
    const pace = { perSecond, concurrency: 8, patienceMs: 10_000, deadlineMs: 5_000, bodyBytes: 1_000_000 };
    const place = { issuer: 'workos', environment, baseUrl: new URL(workos.url) };
    return createIssuer({ ...place, ...pace, credential: fixedSecret(new Secret(credential)) }, { clock, record });
  };
  return {
    ...{ time, clock, facts, record, credential, workos, store, issuerOf },
    /** An inventory on the shelf that all of this room share. */
    inventory: (environments: readonly string[] = ['default'], more: Partial<InventoryNeeds> = {}) =>
      createInventory({
        ...{ keeper: workosKeeper, rules, store, clock, record },
        ...{ issuers: environments.map((one) => issuerOf(one)), ...more },
      }),
    async end(): Promise<void> {
      await workos.close();
      await store.close();
      rmSync(dir, { recursive: true });
    },
  };
};

export type KeysRoom = Awaited<ReturnType<typeof openKeysRoom>>;
