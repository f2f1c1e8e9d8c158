import { keepInventory, openInventory } from './app-inventory.ts';
import { keepRotations, openRotations, type RotationsNeeds, replacing } from './app-rotations.ts';
import type { Settings } from './config.ts';
import type { Channel } from './core/notice.ts';

/** The life of keys beside leaks: what keys there are, and how they are replaced. */
export interface Life {
  readonly channels: readonly Channel[];
  /** Keeps the inventory and works on rotations until `stop`; never rejects. */
  run(stop: AbortSignal): Promise<unknown>;
}

export const openLife = (settings: Settings, needs: RotationsNeeds): Life => {
  const inventory = openInventory(settings, needs, needs.issuers);
  const rotations = openRotations(settings, needs);
  const rotating = { ...needs, rotations, inventory };
  return {
    channels: [replacing(settings, rotations, inventory)],
    run: (stop) =>
      Promise.all([keepInventory(settings.keys, inventory, stop), keepRotations(settings, rotating, stop)]),
  };
};
