import * as z from 'zod';
import { count, env, secret, webOrigin, yes } from './config-kinds.ts';

/** The issuer: who we are there, and how hard it may be asked. */
export const workos = z.strictObject({
  apiKey: secret('WORKOS_API_KEY', 'Our own WorkOS environment key: validates and deletes leaked keys.').optional(),
  webhookSecret: secret(
    'WORKOS_WEBHOOK_SECRET',
    'What WorkOS signs its webhooks with (`api_key.*`, to `/api/workos/webhooks`): what happens to keys is known at once.',
  ).optional(),
  previousWebhookSecret: secret(
    'WORKOS_WEBHOOK_SECRET_PREVIOUS',
    'Still accepted while the secret is rotated.',
  ).optional(),
  environments: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z0-9-]{1,32}$/, 'must be short, lower case'),
        apiKey: secret(undefined, 'The key of this environment.'),
        webhookSecret: secret(undefined, 'What this environment signs its webhooks with.').optional(),
        previousWebhookSecret: secret(undefined, 'Still accepted while the secret is rotated.').optional(),
      }),
    )
    .default([])
    .describe('Several environments: each only knows its own keys, so all are asked before a key counts as dead.'),
  baseUrl: webOrigin()
    .prefault('https://api.workos.com')
    .meta(env('WORKOS_BASE_URL'))
    .describe('Where WorkOS answers.'),
  requestsPerSecond: count(1, 100_000)
    .default(50)
    .meta(env('WORKOS_REQUESTS_PER_SECOND'))
    .describe('Calls per second and environment. WorkOS allows 6,000 a minute per key; leave room for your own.'),
  concurrency: count(1, 1_000).default(32).describe('Calls at once per environment.'),
  deadlineMs: count(100, 60_000).default(5_000).describe('How long one call may take; then the key is tried again.'),
  auditLog: yes()
    .default(false)
    .meta(env('WORKOS_AUDIT_LOG'))
    .describe(
      'Copy what becomes of leaked keys into the Audit Logs of their organizations, where your customers see it.',
    ),
});
