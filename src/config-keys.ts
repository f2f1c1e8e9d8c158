import * as z from 'zod';
import { count, env, id } from './config-kinds.ts';

/** The inventory of the issuer's keys. */
export const keys = z.strictObject({
  readHours: count(0, 8_760)
    .default(24)
    .meta(env('KEYS_READ_HOURS'))
    .describe('All keys of the issuer are read so often; in between its events are followed. 0: no inventory.'),
  followSeconds: count(1, 86_400)
    .default(10)
    .meta(env('KEYS_FOLLOW_SECONDS'))
    .describe('The events of the issuer are asked for so often.'),
  prefilter: z
    .enum(['off', 'last', 'strict'])
    .default('off')
    .meta(env('KEYS_PREFILTER'))
    .describe(
      'A candidate that ends as no key of the inventory is asked about like all others (`off`), when nobody else has a turn to come (`last`), or never (`strict`: it is not sent to the issuer).',
    ),
  staleDays: count(1, 36_500).default(90).meta(env('KEYS_STALE_DAYS')).describe('An older key is `stale`: rotate it.'),
  unusedDays: count(1, 36_500)
    .default(30)
    .meta(env('KEYS_UNUSED_DAYS'))
    .describe('A key that was not used for so long is `unused`: delete it.'),
  expiringDays: count(1, 36_500)
    .default(14)
    .meta(env('KEYS_EXPIRING_DAYS'))
    .describe('A key that ends within so many days is `expiring`.'),
  permissions: z
    .array(
      z.strictObject({
        organization: id().optional().describe('Whose keys; absent: everybody’s.'),
        name: z.string().min(1).max(200).optional().describe('Name of the key; `*` stands for anything.'),
        allow: z.array(z.string().min(1).max(200)).describe('Permissions that such a key may have; `*` as above.'),
      }),
    )
    .default([])
    .describe('The first entry that fits a key says what it may have; one with more is `over-privileged`.'),
});
