import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { named } from '../src/core/named.ts';
import { assigned } from '../src/core/pattern.ts';
import { random, recognised } from '../src/core/recognised.ts';

const issuer = 'azure';
/** Microsoft's own list of the marks that its services put into their keys. */
const list = 'https://github.com/microsoft/security-utilities';
const learn = 'https://learn.microsoft.com/en-us';
const base64 = (seed: string, length: number) => random(`azure ${seed}`, length, 'base64');
const letters = (seed: string, length: number) => random(`azure ${seed}`, length);

interface Marked {
  readonly id: string;
  readonly docs: string;
  readonly marks: readonly [string, ...string[]];
  /** What stands before a mark, and after it. */
  readonly before: string;
  readonly after: string;
  readonly make: (seed: string, mark: string) => string;
}

/** Keys that carry a mark of their service at a fixed place. */
const kinds: readonly Marked[] = [
  {
    id: 'azure-service-key',
    docs: list,
    marks: ['+ASt', 'ACDb', '+ABa', '+AMC', 'APIM'], // Storage, Cosmos DB, Batch, Machine Learning, API Management
    before: '[A-Za-z0-9+/]{76}',
    after: '[A-Za-z0-9+/]{5}[AQgw]==',
    make: (seed, mark) => `${base64(seed, 76)}${mark}${base64(seed, 5)}Q==`,
  },
  {
    id: 'azure-messaging-key',
    docs: list,
    marks: ['+ASb', '+AEh', '+ARm', 'AIoT', 'AZEG', 'AzCa'], // Service Bus, Event Hubs, Relay, IoT, Event Grid, Redis
    before: '[A-Za-z0-9+/]{33}',
    after: '[A-P][A-Za-z0-9+/]{5}=',
    make: (seed, mark) => `${base64(seed, 33)}${mark}B${base64(seed, 5)}=`,
  },
  {
    id: 'azure-search-key',
    docs: `${learn}/azure/search/search-security-api-keys`,
    marks: ['AzSe', '+ACR'], // AI Search, Container Registry
    before: '[A-Za-z0-9+/]{42}',
    after: '[A-D][A-Za-z0-9+/]{5}',
    make: (seed, mark) => `${base64(seed, 42)}${mark}C${base64(seed, 5)}`,
  },
  {
    id: 'azure-function-key',
    docs: `${learn}/azure/azure-functions/function-keys-how-to`,
    marks: ['AzFu'],
    before: '[A-Za-z0-9_-]{44}',
    after: '[A-Za-z0-9_-]{5}[AQgw]==',
    make: (seed, mark) => `${letters(seed, 44)}${mark}${letters(seed, 5)}w==`,
  },
  {
    id: 'azure-ai-key',
    docs: `${learn}/azure/ai-services/authentication`,
    marks: ['JQQJ99', 'JQQJ9D', 'JQQJ9H'],
    before: '[A-Za-z0-9]{52}',
    after: '[A-Za-z0-9][A-L][A-Za-z0-9]{16}[A-Za-z][A-Za-z0-9]{7}(?:[A-Za-z0-9]{2}==)?',
    make: (seed, mark) => `${letters(seed, 52)}${mark}9C${letters(`${seed} 2`, 16)}x${letters(seed, 7)}`,
  },
  {
    id: 'azure-devops-token',
    docs: `${learn}/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate`,
    marks: ['AZDO'],
    before: '[A-Za-z0-9]{76}',
    after: '[A-Za-z0-9]{4}',
    make: (seed, mark) => `${letters(seed, 76)}${mark}${letters(seed, 4)}`,
  },
];

const marked = ({ id, docs, marks, before, after, make }: Marked): Detector => {
  const [first] = marks;
  const all = marks.map((mark) => mark.replaceAll('+', '\\+')).join('|');
  return recognised({
    id,
    issuer,
    docs,
    keywords: marks,
    pattern: new RegExp(`(?<secret>${before}(?:${all})${after})(?![A-Za-z0-9=])`),
    accept: (secret) => looksRandom(secret, 4),
    examples: () => ({
      ours: [...marks, first].map((mark, at) => make(`${mark} ${at}`, mark)),
      not: [make('short', first).slice(0, -3), `${make('long', first)}AAA`, make('other mark', 'AAAA')],
    }),
  });
};

const clientSecretOf = (seed: string) => `${letters(seed, 3)}8Q~${random(seed, 34, 'words')}`;

const clientSecret = recognised({
  id: 'azure-client-secret',
  issuer,
  docs: `${learn}/entra/identity-platform/how-to-add-credentials`,
  keywords: ['8Q~', '7Q~'],
  pattern: /(?<secret>[A-Za-z0-9~._-]{3}[0-9]Q~[A-Za-z0-9~._-]{30,33}[A-Za-z0-9~_])(?![\w~]|[.-]{1,4}\w)/,
  accept: (secret) => looksRandom(secret.slice(6), 3.5),
  examples: () => ({
    ours: ['a', 'b', 'c'].map(clientSecretOf),
    not: [clientSecretOf('short').slice(0, 34), `${clientSecretOf('long')}A`, clientSecretOf('x').replace('Q~', 'Q-')],
  }),
});

const sharedAccessSignature = recognised({
  id: 'azure-shared-access-signature',
  issuer,
  docs: `${learn}/azure/storage/common/storage-sas-overview`,
  keywords: ['sig='],
  pattern: /[?&]s[a-z]{1,5}=[^&\s"'<>]{1,60}&sig=(?<secret>[A-Za-z0-9+/]{43}=)(?![A-Za-z0-9=])/,
  accept: (secret) => looksRandom(secret, 3.5),
  examples: () => ({
    context: 'https://acme.blob.core.windows.net/c?sv=2022-11-02&sr=c&sig=',
    ours: ['a', 'b', 'c'].map((seed) => `${base64(seed, 43)}=`),
    not: [`https://acme.test/?v=1&sig=${base64('not Azure', 43)}=`, `?sv=1&sig=${base64('short', 42)}=`],
  }),
});

/** What Microsoft's emulators of Storage and Cosmos DB are opened with: printed in their documentation. */
const EMULATOR = /^(?:Eby8vdM02xNOcq|C2y6yDjf5\/R)/;

const accountKey = recognised({
  id: 'azure-account-key',
  issuer,
  docs: `${learn}/azure/storage/common/storage-account-keys-manage`,
  ...assigned(
    ['accountkey', 'account_key', 'storage_key', 'storagekey', 'azure', 'primary_access_key', 'cosmos'],
    '[A-Za-z0-9+/]{86}==',
  ),
  placeholder: EMULATOR,
  accept: (secret) => looksRandom(secret, 4),
  examples: () => ({
    context: 'AccountName=acme;AccountKey=',
    ours: ['a', 'b', 'c'].map((seed) => `${base64(`account ${seed}`, 86)}==`),
    not: [`${base64('no name', 86)}==`, `AccountKey=${base64('short', 85)}==`, `AccountKey=${'A'.repeat(86)}==`],
  }),
});

const sharedAccessKey = recognised({
  id: 'azure-shared-access-key',
  issuer,
  docs: `${learn}/azure/service-bus-messaging/service-bus-sas`,
  ...assigned(['sharedaccesskey', 'servicebus'], '[A-Za-z0-9+/]{43}='),
  accept: (secret) => looksRandom(secret, 3.5),
  examples: () => ({
    context: 'SharedAccessKeyName=root;SharedAccessKey=',
    ours: ['a', 'b', 'c'].map((seed) => `${base64(`shared ${seed}`, 43)}=`),
    not: [`${base64('no name', 43)}=`, `SharedAccessKey=${base64('short', 42)}=`, `SharedAccessKey=${'A'.repeat(43)}=`],
  }),
});

/** Keys from before they carried marks: nothing tells them but the name beside them. */
const older = (): readonly Detector[] => [
  named({
    id: 'azure-subscription-key',
    issuer,
    docs: `${learn}/azure/ai-services/authentication`,
    names: ['subscription-key', 'subscription_key', 'subscriptionkey', 'azure_openai', 'azure-openai', 'azureopenai'],
    alphabet: 'hex',
    length: 32,
  }),
  named({
    id: 'azure-older-devops-token',
    issuer,
    docs: `${learn}/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate`,
    names: ['azure_devops', 'azuredevops', 'azure-devops', 'azdo', 'ado_pat'],
    alphabet: 'lower',
    length: 52,
  }),
];

/** Keys of Microsoft Azure. */
export const azure = (): readonly Detector[] => [
  ...kinds.map(marked),
  clientSecret,
  sharedAccessSignature,
  accountKey,
  sharedAccessKey,
  ...older(),
];
