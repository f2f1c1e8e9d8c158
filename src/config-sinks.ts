import type { Settings } from './config.ts';
import type { FaultList } from './config-faults.ts';

type Target = Settings['keys']['rotation']['targets'][number];

/** One entry for one key alone may be about a key that another is for, too; and the second of two that are the same is for none. */
const mayBeOne = (one: Target, other: Target): boolean => {
  if (one.key !== undefined || other.key !== undefined) return one.key === other.key || !(one.key && other.key);
  return one.organization === other.organization && one.user === other.user && one.name === other.name;
};

/** Two entries for different keys must not have one sink: each would take the other's key away. */
export const addSharedSinks = ({ keys }: Pick<Settings, 'keys'>, faults: FaultList): void => {
  const { targets } = keys.rotation;
  for (const [at, target] of targets.entries()) {
    const first = targets.findIndex((one) => one.sink === target.sink && !mayBeOne(one, target));
    const why = `is that of keys.rotation.targets.${first}, for other keys: a sink holds one key`;
    if (first >= 0 && first < at) faults.add(['keys', 'rotation', 'targets', at, 'sink'], why);
  }
};
