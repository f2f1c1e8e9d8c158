import * as z from 'zod';
import { count, env, secret, webAddress, webAddresses, yes } from './config-kinds.ts';

/** What programs are told of keys that are dead. */
export const revocations = z.strictObject({
  urls: webAddresses()
    .prefault([])
    .meta(env('REVOCATION_URLS'))
    .describe(
      'Told at once of every key that is proved dead, so that gateways forget it (docs/notices.md); separated by commas.',
    ),
  secret: secret(
    'REVOCATION_SECRET',
    'Signs what they are told, as Standard Webhooks do: base64 of 24 bytes or more, `whsec_` before it allowed.',
  ).optional(),
  sha256: yes()
    .default(true)
    .meta(env('REVOCATION_SHA256'))
    .describe('Tell the SHA-256 of the dead key too: what a gateway can make of a key that it sees.'),
  topic: yes()
    .default(true)
    .meta(env('REVOCATION_TOPIC'))
    .describe('With Kafka: tell it on the compacted topic `<prefix>.incidents` as well.'),
});

/** Whether your own API refuses a dead key, too. */
export const probe = z.strictObject({
  url: webAddress()
    .optional()
    .meta(env('PROBE_URL'))
    .describe(
      'A page of your own API that wants a key and changes nothing: asked with GET and each key that is proved dead, until it refuses it.',
    ),
  header: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be the name of a header')
    .default('authorization')
    .meta(env('PROBE_HEADER'))
    .describe('The header that your API takes a key in.'),
  template: z
    .string()
    .regex(/^[ -~]*\{key\}[ -~]*$/, 'must hold {key}, and no control characters')
    .default('Bearer {key}')
    .meta(env('PROBE_TEMPLATE'))
    .describe('What stands in that header.'),
  refused: z.array(count(400, 499)).default([401, 403]).describe('Statuses that refuse a key; 2xx accepts it.'),
  timeoutMs: count(100, 60_000).default(5_000).describe('How long one answer may take.'),
  seconds: count(1, 86_400)
    .default(300)
    .meta(env('PROBE_SECONDS'))
    .describe('So long your API may go on accepting a dead key; then people are paged.'),
});
