import { workosKeeper } from '../detectors/workos-customer-key.keeper.ts';
import { workosMaker } from '../detectors/workos-customer-key.maker.ts';
import { workosCustomerKey } from '../detectors/workos-customer-key.ts';
import type { Settings } from './config.ts';

/** What keys are made, listed, judged and deleted with. */
export const keyTools = ({ detectors }: Pick<Settings, 'detectors'>) => {
  const { validate, revoke } = workosCustomerKey(detectors['workos-customer-key']);
  if (!validate || !revoke) throw new Error('keys of WorkOS can be validated and revoked');
  return { keeper: workosKeeper, maker: workosMaker, calls: { validate, revoke } };
};
