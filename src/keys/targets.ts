import type { IssuedKey } from '../core/keeper.ts';
import { fits } from './flags.ts';
import { bareName, type Plan, type ProbePlan } from './rotation.ts';

/** Where keys belong, and how they are rotated. */
export interface RotationRules {
  readonly graceHours: number;
  readonly mostHours: number;
  /** 0: as long as the old one. */
  readonly lifeDays: number;
  /** The first that fits a key tells. */
  readonly targets: readonly Target[];
}

export interface Target {
  /** Whose keys: of the organization itself, or of one of its users. */
  readonly organization?: string | undefined;
  readonly user?: string | undefined;
  /** Of the key; `*` stands for anything. */
  readonly name?: string | undefined;
  readonly key?: string | undefined;
  readonly sink: string;
  readonly probe?:
    | {
        readonly url?: URL | undefined;
        readonly header: string;
        readonly scheme: string;
        readonly command?: readonly string[] | undefined;
      }
    | undefined;
  readonly graceHours?: number | undefined;
  readonly onLeak: 'delete' | 'delete-and-replace';
}

type Placeable = Pick<IssuedKey, 'id' | 'name' | 'owner'>;

const HOUR_MS = 3_600_000;

/** Names are their owners' to give: without knowing whose a key is, none would tell where it belongs. */
const isOwn = ({ id, owner }: Placeable, { organization, user, key }: Target): boolean => {
  if (key !== undefined && key !== id) return false;
  if (organization !== undefined && organization !== owner.organization) return false;
  if (user !== undefined) return owner.type === 'user' && owner.id === user;
  return key !== undefined || (owner.type === 'organization' && organization !== undefined);
};

/** The target of a key; undefined: nobody said where it belongs. */
export const targetOf = (key: Placeable, { targets }: Pick<RotationRules, 'targets'>): Target | undefined =>
  targets.find((one) => isOwn(key, one) && fits(one.name, bareName(key.name)));

/** Of these keys, those that belong into that sink. */
export const belonging = <K extends Placeable>(keys: readonly K[], sink: string, rules: RotationRules): readonly K[] =>
  keys.filter((key) => targetOf(key, rules)?.sink === sink);

/** Why a key does not belong into that sink: the settings want others there. An entry for one key alone may be about its forerunner. */
export const claim = (
  key: Placeable,
  sink: string,
  { targets }: Pick<RotationRules, 'targets'>,
): string | undefined => {
  const at = targets.findIndex(
    (one) => one.sink === sink && one.key === undefined && !(isOwn(key, one) && fits(one.name, bareName(key.name))),
  );
  return at < 0 ? undefined : `keys.rotation.targets.${at} puts other keys into ${sink}: a sink holds one key`;
};

export const planOf = (target: Target, rules: RotationRules): Plan => ({
  sink: target.sink,
  probe: probeOf(target),
  graceMs: (target.graceHours ?? rules.graceHours) * HOUR_MS,
  mostMs: rules.mostHours * HOUR_MS,
  lifeMs: rules.lifeDays === 0 ? undefined : rules.lifeDays * 24 * HOUR_MS,
});

const probeOf = ({ probe }: Target): ProbePlan | undefined => {
  if (!probe) return undefined;
  const { url, header, scheme, command } = probe;
  return command ? { command } : url && { url: url.href, header, scheme };
};
