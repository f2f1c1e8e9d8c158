import { type KeptInventory, openInventory, openKeptInventory } from './app-inventory.ts';
import { keepRotations, openRotations, type RotationsNeeds, replacing } from './app-rotations.ts';
import type { Settings } from './config.ts';
import type { Live } from './core/live-secret.ts';
import type { Channel } from './core/notice.ts';

/** The life of keys beside leaks: what keys there are, and how they are replaced. */
export interface Life {
  /** Undefined where the settings want none. */
  readonly inventory: KeptInventory | undefined;
  readonly channels: readonly Channel[];
  /** Keeps the inventory and works on rotations until `stop`; never rejects. */
  run(stop: AbortSignal): Promise<unknown>;
}

export const openLife = (settings: Settings, needs: RotationsNeeds & { readonly live: Live }): Life => {
  const kept = openKeptInventory(settings, needs);
  const inventory = kept?.inventory ?? openInventory(settings, needs, needs.issuers);
  const rotations = openRotations(settings, needs);
  const rotating = { ...needs, rotations, inventory };
  return {
    inventory: kept,
    channels: [replacing(settings, rotations, inventory)],
    run: (stop) => Promise.all([kept?.run(stop), keepRotations(settings, rotating, stop)]),
  };
};
