import { systemClock } from '../../src/core/clock.ts';
import type { Live } from '../../src/core/live-secret.ts';
import { createRenewing } from '../../src/secrets/renewing.ts';

/** Secrets that have expired in their store, which is away. */
export const expired: Live = (secret) =>
  createRenewing(
    {
      ...{ name: 'x', found: { secret, expiresAt: 1 }, faultOf: () => undefined },
      read: async () => ({ trouble: 'unreachable', why: 'the store is away' }),
    },
    { clock: systemClock, overlapMs: 60_000, record: async () => undefined },
  );
