import * as z from 'zod';
import { amount, count, env, id, webAddress } from './config-kinds.ts';
import { parseSink } from './secrets/sink-place.ts';

const HOURS = 8_760;

const probe = z
  .strictObject({
    url: webAddress().optional().describe('It is asked (GET) with the new key, and must answer 2xx.'),
    header: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,64}$/)
      .default('authorization')
      .describe('Header that the key goes into.'),
    scheme: z
      .string()
      .regex(/^[A-Za-z0-9-]{0,32}$/)
      .default('Bearer')
      .describe('Word before the key; may be empty.'),
    command: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe('A program and its arguments; it gets the new key on standard input, and must end with 0.'),
  })
  .refine(
    ({ url, command }) => (url === undefined) !== (command === undefined),
    'needs a url or a command, one of them',
  );

/** Absolute, for it means the same to whoever puts a key there; and always spelled the same, so that two can be compared. */
export const sinkReference = () =>
  z
    .string()
    .min(1)
    .max(2_000)
    .trim()
    .regex(/^(?:ref\+)?[a-z]+:/, 'must be a reference, such as vault://mount/path#field or file:///path')
    .regex(/^(?!file:(?!\/\/\/))/, 'must be the whole path of a file: file:///path')
    .transform((text, context) => {
      const sink = parseSink(text);
      if ('name' in sink) return sink.name;
      context.addIssue({ code: 'custom', message: sink.why });
      return z.NEVER;
    });

const target = z
  .strictObject({
    organization: id().optional().describe('Keys of this organization itself, not of its users.'),
    user: id().optional().describe('Keys of this user.'),
    name: z.string().min(1).max(200).optional().describe('Name of the key; `*` stands for anything.'),
    key: id().optional().describe('This key alone. After its rotation the entry is for no key: prefer a name.'),
    sink: sinkReference().describe('Where the new key is put: a reference (docs/secrets.md). A sink holds one key.'),
    probe: probe.optional().describe('How the new key is proved by use; absent: the issuer’s word must do.'),
    graceHours: amount(0, HOURS).optional().describe('Instead of `keys.rotation.graceHours`.'),
    onLeak: z
      .enum(['delete', 'delete-and-replace'])
      .default('delete')
      .describe(
        '`delete-and-replace`: once such a key was revoked because it leaked, another is made and put into the sink.',
      ),
  })
  .refine(
    ({ organization, user, key }) => (organization ?? user ?? key) !== undefined,
    'says whose keys: organization, user or key (names are their owners’ to give)',
  );

const rotation = z.strictObject({
  everyDays: count(0, 36_500)
    .default(0)
    .meta(env('KEYS_ROTATE_DAYS'))
    .describe(
      'The daemon rotates keys of `targets` that are older, but in `policy.mode: watch`. 0: only those that somebody asks for.',
    ),
  wave: count(1, 100)
    .default(3)
    .meta(env('KEYS_ROTATE_WAVE'))
    .describe('So many are under way at once; after a failure the schedule begins no other.'),
  graceHours: amount(0, HOURS)
    .default(24)
    .meta(env('KEYS_GRACE_HOURS'))
    .describe('So long after the proof of the new key the old one is deleted. 0: at once.'),
  mostHours: amount(0, HOURS)
    .default(168)
    .meta(env('KEYS_MOST_HOURS'))
    .describe('An old key that is still used at the end of its grace gets it again, up to so long.'),
  lifeDays: count(0, 36_500)
    .default(0)
    .meta(env('KEYS_LIFE_DAYS'))
    .describe('New keys end after so long. 0: as the old one did, or never.'),
  targets: z
    .array(target)
    .default([])
    .describe('Where keys belong. The first entry that fits a key tells; a key that none fits cannot be rotated.'),
});

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
  rotation: rotation
    .prefault({})
    .describe('How keys are rotated: another is made, put where it belongs and proved; then the old one is deleted.'),
});
