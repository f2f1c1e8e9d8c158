import { workosKeeper } from '../detectors/workos-customer-key.keeper.ts';
import { workosEnvironments } from './app-issuers.ts';
import type { Settings } from './config.ts';
import type { Clock } from './core/clock.ts';
import type { RecordFact } from './core/facts.ts';
import type { Issuer } from './core/issuer.ts';
import type { Store } from './core/store.ts';
import { createInventory, type Inventory } from './keys/inventory.ts';

interface Needs {
  readonly store: Store;
  readonly clock: Clock;
  readonly record: RecordFact;
}

/** The inventory of all environments, as the settings name them. */
export const openInventory = (
  settings: Pick<Settings, 'workos' | 'keys'>,
  needs: Needs,
  issuers: readonly Issuer[] = workosEnvironments(settings, needs),
): Inventory => createInventory({ ...needs, keeper: workosKeeper, issuers, rules: settings.keys });

const HOUR_MS = 3_600_000;

/** Keeps the inventory until `stop`; does nothing where the settings want none. */
export const keepInventory = async (
  { readHours, followSeconds }: Settings['keys'],
  inventory: Inventory,
  stop: AbortSignal,
): Promise<void> => {
  if (readHours === 0) return;
  await inventory.run({ readEveryMs: readHours * HOUR_MS, followEveryMs: followSeconds * 1_000 }, stop);
};
