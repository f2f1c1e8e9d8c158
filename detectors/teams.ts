import type { Detector } from '../src/core/detector.ts';
import { random, recognised } from '../src/core/recognised.ts';
import { UUID, uuid } from '../src/core/uuid.ts';

const hook = (seed: string) =>
  `https://acme.webhook.office.com/webhookb2/${uuid(seed)}@${uuid(`${seed} 2`)}/IncomingWebhook/${random(seed, 32, 'hex')}/${uuid(`${seed} 3`)}`;

/** Addresses that anybody may post to a channel of Microsoft Teams with. */
export const teams = (): readonly Detector[] => [
  recognised({
    id: 'teams-webhook',
    issuer: 'teams',
    docs: 'https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook',
    keywords: ['/IncomingWebhook/'],
    pattern: new RegExp(
      `(?<secret>https://(?:[a-z0-9-]{1,63}\\.webhook\\.office\\.com/webhookb2|outlook\\.office(?:365)?\\.com/webhook)/${UUID}@${UUID}/IncomingWebhook/[0-9a-f]{32}/${UUID})(?![A-Za-z0-9])`,
    ),
    accept: (secret) => new Set(secret.slice(-70)).size > 9,
    examples: () => ({
      ours: ['a', 'b', 'c'].map(hook),
      not: [hook('short').slice(0, -1), hook('x').replace('office', 'acme'), `${hook('long')}0`],
    }),
  }),
];
