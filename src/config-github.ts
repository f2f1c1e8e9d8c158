import * as z from 'zod';
import { count, env, secret, secretLines, webAddress, words, yes } from './config-kinds.ts';

const repositories = () =>
  words().refine(
    (all) => all.every((one) => /^[\w.-]+\/[\w.-]+$/.test(one)),
    'must be owner/name, separated by commas',
  );

/** GitHub as a source, and what is done there after a key is dead. Names of variables follow Probot's. */
export const github = z.strictObject({
  token: secret('GITHUB_TOKEN', 'Reads what pushes and other events name. An App goes before it.').optional(),
  appId: z.coerce
    .string()
    .regex(/^\d+$/, 'must be a number')
    .optional()
    .meta(env('APP_ID'))
    .describe('Id of our GitHub App.'),
  privateKey: secretLines('PRIVATE_KEY', 'Key of the App: a PEM, or its base64.').optional(),
  webhookSecret: secret('WEBHOOK_SECRET', 'What GitHub signs its deliveries with.').optional(),
  previousWebhookSecret: secret('WEBHOOK_SECRET_PREVIOUS', 'Still accepted while the secret is rotated.').optional(),
  apiUrl: webAddress()
    .prefault('https://api.github.com')
    .meta(env('GITHUB_API_URL'))
    .describe('GitHub’s API; `https://HOST/api/v3` for an Enterprise Server.'),
  host: z
    .string()
    .regex(/^[a-z0-9.-]+(:\d+)?$/i, 'must be a host name')
    .optional()
    .meta(env('GHE_HOST'))
    .describe('Host of an Enterprise Server; goes before `apiUrl`.'),
  repositories: repositories()
    .prefault([])
    .meta(env('GITHUB_REPOSITORIES'))
    .describe('Repositories to poll because no webhook reaches us from them, `owner/name`, separated by commas.'),
  reconcileSeconds: count(10, 86_400)
    .default(300)
    .meta(env('GITHUB_RECONCILE_SECONDS'))
    .describe('How often lost deliveries, moved branches and alerts are looked for.'),
  closeAlerts: yes()
    .default(true)
    .meta(env('GITHUB_CLOSE_ALERTS'))
    .describe('Close a secret scanning alert as revoked once its key is proved dead.'),
  comment: yes()
    .default(false)
    .meta(env('GITHUB_COMMENT'))
    .describe('Comment on the commit or pull request once the key is proved dead.'),
  commentTemplate: z
    .string()
    .min(1)
    .max(10_000)
    .optional()
    .meta(env('GITHUB_COMMENT_TEMPLATE'))
    .describe('Text of that comment; `{incidents}`, `{author}` and `{owners}` (CODEOWNERS) are filled in.'),
  partner: yes()
    .default(false)
    .meta(env('GITHUB_PARTNER'))
    .describe('Receive leaks from GitHub’s secret scanning partner programme.'),
  partnerFeedbackSeconds: count(0, 20)
    .default(10)
    .meta(env('GITHUB_PARTNER_FEEDBACK_SECONDS'))
    .describe('How long a partner call waits for verdicts to tell GitHub which tokens were real; 0 tells nothing.'),
});
