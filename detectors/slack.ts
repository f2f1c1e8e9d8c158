import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { examplesOf, prefixed, random, recognised } from '../src/core/recognised.ts';

const issuer = 'slack';
const docs = 'https://docs.slack.dev/authentication/tokens/';
const digits = (seed: string) => random(`slack ${seed}`, 12, 'digits').replace(/^0/, '1');
const upper = (seed: string, length: number) => random(`slack ${seed}`, length, 'upper');
const lastPart = (secret: string): string => secret.slice(secret.lastIndexOf('-') + 1);
const isRandom = (secret: string): boolean => looksRandom(lastPart(secret), 2.6);

const bot = (seed: string) => `xoxb-${digits(seed)}-${digits(`${seed} 2`)}-${random(seed, 24)}`;
const user = (seed: string) =>
  `xoxp-${digits(seed)}-${digits(`${seed} 2`)}-${digits(`${seed} 3`)}-${random(seed, 32, 'hex')}`;
const app = (seed: string) => `xapp-1-A${upper(seed, 10)}-${digits(seed)}-${random(seed, 64, 'hex')}`;
const hook = (seed: string) =>
  `https://hooks.slack.com/services/T${upper(seed, 9)}/B${upper(`${seed} 2`, 10)}/${random(`slack ${seed}`, 24)}`;

const configurationToken = prefixed({
  id: 'slack-configuration-token',
  issuer,
  docs: 'https://docs.slack.dev/app-manifests/configuring-apps-with-app-manifests/',
  prefix: ['xoxe.xoxp-1-', 'xoxe.xoxb-1-', 'xoxe-1-'],
  alphabet: 'alphanumeric',
  length: [140, 170],
});

const webhook = recognised({
  id: 'slack-webhook',
  issuer,
  docs: 'https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/',
  keywords: ['hooks.slack.com'],
  pattern:
    /(?<secret>https:\/\/hooks\.slack\.com\/(?:services\/T[A-Z0-9]{8,12}\/B[A-Z0-9]{8,12}|workflows\/[TE][A-Z0-9]{8,12}\/A[A-Z0-9]{8,12}\/[0-9]{15,20}|triggers\/[TE][A-Z0-9]{8,12}\/[0-9]{10,15})\/[A-Za-z0-9]{24,32})(?![A-Za-z0-9])/,
  placeholder: /\/T0{8}\/B0{8}\/|(.)\1{6}/i,
  accept: (secret) => looksRandom(secret.slice(secret.lastIndexOf('/') + 1), 3),
  examples: () => ({
    ours: ['a', 'b', 'c'].map(hook),
    not: [hook('short').slice(0, -1), hook('x').replace('slack', 'acme'), `${hook('long')}AAAAAAAAA`],
  }),
});

/** Tokens of Slack, and the addresses that anybody may post to. */
export const slack = (): readonly Detector[] => [
  recognised({
    id: 'slack-bot-token',
    issuer,
    docs,
    keywords: ['xoxb-'],
    pattern: /(?<secret>xoxb-[0-9]{8,14}-(?:[0-9]{8,14}-)?[A-Za-z0-9]{18,34})(?![A-Za-z0-9])/,
    accept: isRandom,
    examples: () =>
      examplesOf(bot, [bot('short').slice(0, -7), 'xoxb-your-token-goes-in-here', `xoxb-${digits('no end')}`]),
  }),
  recognised({
    id: 'slack-user-token',
    issuer,
    docs,
    keywords: ['xoxp-', 'xoxa-', 'xoxs-', 'xoxo-', 'xoxr-', 'xoxc-'],
    pattern:
      /(?<secret>xox(?:[aposrc]-(?:2-)?(?:[0-9]{9,14}-){2,3}[A-Za-z0-9]{24,64}|[ar]-(?:[0-9]-)?[A-Za-z0-9]{16,48}))(?![A-Za-z0-9])/,
    accept: isRandom,
    examples: () =>
      examplesOf(user, [user('short').slice(0, -9), 'xoxp-your-token-goes-in-here', user('x').replace('p-', 'q-')]),
  }),
  recognised({
    id: 'slack-app-token',
    issuer,
    docs,
    keywords: ['xapp-'],
    pattern: /(?<secret>xapp-[0-9]-[A-Z0-9]{9,13}-[0-9]{9,14}-[0-9a-f]{64})(?![A-Za-z0-9])/,
    accept: isRandom,
    examples: () => examplesOf(app, [app('short').slice(0, -1), `${app('long')}0`]),
  }),
  configurationToken,
  webhook,
];
