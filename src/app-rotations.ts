import { workosKeeper } from '../detectors/workos-customer-key.keeper.ts';
import { keyTools } from './app-key-tools.ts';
import type { Settings } from './config.ts';
import type { Clock } from './core/clock.ts';
import type { RecordFact } from './core/facts.ts';
import type { Issuer } from './core/issuer.ts';
import type { Channel } from './core/notice.ts';
import type { Seal } from './core/seal.ts';
import type { Sink } from './core/sink.ts';
import type { Store } from './core/store.ts';
import type { Inventory } from './keys/inventory.ts';
import { createProbe, type RunProgram } from './keys/probe.ts';
import { createReplacing } from './keys/replacing.ts';
import type { RotateNeeds } from './keys/rotate.ts';
import { createRotations, type Rotations, runRotations, type Subject } from './keys/rotations.ts';
import { belonging, claim, planOf, targetOf } from './keys/targets.ts';
import { isCanary } from './respond/policy.ts';

export interface RotationsNeeds {
  readonly store: Store;
  readonly clock: Clock;
  readonly record: RecordFact;
  readonly seal: Seal;
  readonly issuers: readonly Issuer[];
  /** Where new keys are put. */
  readonly sink: (reference: string) => Sink;
  readonly program: RunProgram;
  /** What else is true with a step; absent: nothing. */
  readonly told?: RotateNeeds['told'];
}

export const openRotations = (settings: Pick<Settings, 'detectors' | 'keys'>, needs: RotationsNeeds): Rotations => {
  const { rotation: rules } = settings.keys;
  return createRotations({
    ...{ ...keyTools(settings), ...needs, probe: createProbe(needs.program) },
    belonging: (keys, sink) => belonging(keys, sink, rules),
    claim: (key, sink) => claim(key, sink, rules),
  });
};

/** Replaces keys that leaked, where the settings want it. */
export const replacing = ({ keys }: Pick<Settings, 'keys'>, rotations: Rotations, { find }: Known): Channel =>
  createReplacing({
    ...{ issuer: workosKeeper.issuer, rules: keys.rotation, rotations },
    known: (environment, id) => find(id).find((key) => key.environment === environment),
  });

type Known = Pick<Inventory, 'find' | 'madeBefore'>;

const DAY_MS = 86_400_000;

/** Keys of targets that are older than `everyDays`, the oldest first, and were not rotated yet; `again`: nor are just now. No canaries. */
export const subjects = (
  { keys: { rotation }, policy }: Pick<Settings, 'keys' | 'policy'>,
  { inventory, rotations, clock }: { inventory: Known; rotations: Rotations; clock: Clock },
  { everyDays, again = false }: { readonly everyDays: number; readonly again?: boolean },
): readonly Subject[] => {
  const rotated = rotations.keys(!again);
  return inventory.madeBefore(clock.now() - everyDays * DAY_MS).flatMap((key): readonly Subject[] => {
    const target = targetOf(key, rotation);
    const { environment, expiresAt = Number.POSITIVE_INFINITY } = key;
    const isDue = target && expiresAt > clock.now() && !rotated.has(key.id) && !isCanary(policy, key, clock.now());
    return isDue ? [{ environment, key, plan: planOf(target, rotation) }] : [];
  });
};

/** Works on rotations until `stop`, and begins those that are due where the settings have a schedule: in a dry run none. */
export const keepRotations = async (
  settings: Pick<Settings, 'keys' | 'policy'>,
  needs: Pick<RotationsNeeds, 'clock' | 'record'> & { readonly rotations: Rotations; readonly inventory: Known },
  stop: AbortSignal,
): Promise<void> => {
  const { everyDays, wave } = settings.keys.rotation;
  const schedule = async (): Promise<void> => {
    if (everyDays > 0 && settings.policy.mode !== 'watch')
      await needs.rotations.beginDue(() => subjects(settings, needs, { everyDays }), wave);
  };
  await runRotations(needs.rotations, { ...needs, schedule }, stop);
};
