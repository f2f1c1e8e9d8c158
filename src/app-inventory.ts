import { workosKeeper } from '../detectors/workos-customer-key.keeper.ts';
import { workosEnvironments } from './app-issuers.ts';
import type { Settings } from './config.ts';
import type { Clock } from './core/clock.ts';
import type { RecordFact } from './core/facts.ts';
import type { Ingress } from './core/ingress.ts';
import type { Issuer } from './core/issuer.ts';
import type { Asked } from './core/keeper.ts';
import type { Live } from './core/live-secret.ts';
import type { Prefilter } from './core/prefilter.ts';
import type { Store } from './core/store.ts';
import { createInventory, type Inventory } from './keys/inventory.ts';
import type { Signer } from './keys/signature.ts';

interface Needs {
  readonly store: Store;
  readonly clock: Clock;
  readonly record: RecordFact;
  /** As `InventoryNeeds` says. */
  readonly staleMs?: number;
}

/** The inventory of all environments, as the settings name them. */
export const openInventory = (
  settings: Pick<Settings, 'workos' | 'keys'>,
  needs: Needs,
  issuers: readonly Issuer[] = workosEnvironments(settings, needs),
): Inventory => createInventory({ ...needs, keeper: workosKeeper, issuers, rules: settings.keys });

const HOUR_MS = 3_600_000;
/** Events that could not be asked for so often, one after the other, leave the inventory stale. */
const STALE_AFTER = 6;
const LEAST_STALE_MS = 60_000;

/** The inventory as the daemon keeps it. */
export interface KeptInventory {
  /** Absent where the settings want none. */
  readonly prefilter: Prefilter | undefined;
  readonly asked: Asked;
  readonly inventory: Inventory;
  /** Keeps it until `stop`. */
  run(stop: AbortSignal): Promise<void>;
  /** Takes WorkOS' webhooks from now on, where the settings have a secret for them. */
  listenAt(ingress: Ingress): void;
}

/** Undefined where the settings want none. */
export const openKeptInventory = (
  settings: Pick<Settings, 'workos' | 'keys'>,
  needs: Needs & { readonly issuers: readonly Issuer[]; readonly live: Live },
): KeptInventory | undefined => {
  const { readHours, followSeconds, prefilter: mode } = settings.keys;
  if (readHours === 0) return undefined;
  const schedule = { readEveryMs: readHours * HOUR_MS, followEveryMs: followSeconds * 1_000 };
  const staleMs = Math.max(LEAST_STALE_MS, STALE_AFTER * schedule.followEveryMs);
  const inventory = openInventory(settings, { ...needs, ...(mode !== 'off' && { staleMs }) }, needs.issuers);
  const { prefilter, asked } = inventory;
  const signers = signersOf(settings, needs.live);
  return {
    prefilter: mode !== 'off' && prefilter ? { ...prefilter, issuer: workosKeeper.issuer, mode } : undefined,
    ...{ asked, inventory },
    run: (stop) => inventory.run(schedule, stop),
    listenAt: (ingress) => signers.length > 0 && ingress.post(workosKeeper.webhook.path, inventory.hears(signers)),
  };
};

/** With what each environment signs its webhooks, as long as each of them may be in use. */
const signersOf = ({ workos }: Pick<Settings, 'workos'>, live: Live): readonly Signer[] =>
  [{ name: 'default', ...workos }, ...workos.environments].flatMap(
    ({ name: environment, webhookSecret, previousWebhookSecret }) => {
      const held = [webhookSecret, previousWebhookSecret].flatMap((secret) => (secret ? [live(secret)] : []));
      return held.length > 0 ? [{ environment, secrets: () => held.flatMap((one) => one.recent()) }] : [];
    },
  );
