import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { fieldOf, withField } from './json-field.ts';
import { absentPackage } from './load.ts';
import type { Place } from './reference.ts';
import { ANSWER_MS, isTrouble, type Store, type Trouble } from './store.ts';

export interface AwsSettings {
  readonly region?: string | undefined;
  readonly endpoint?: URL | undefined;
}

type Sdk = typeof import('@aws-sdk/client-secrets-manager');

/**
 * `awssm://name` or a full ARN: AWS Secrets Manager, by its official client, which finds our credentials itself
 * (https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/setting-credentials-node.html).
 */
export const createAwsStore = ({ region, endpoint }: AwsSettings): Store & { close(): void } => {
  const clients = new Map<string, SecretsManagerClient>();

  /** One client for each region. */
  const clientOf = ({ SecretsManagerClient: Client }: Sdk, place: Place): SecretsManagerClient => {
    const where = place.options['region'] ?? regionOfArn(place.path) ?? region ?? '';
    const timeouts = { connectionTimeout: ANSWER_MS / 2, requestTimeout: ANSWER_MS / 2, throwOnRequestTimeout: true };
    const client =
      clients.get(where) ??
      new Client({
        ...{ maxAttempts: 2, requestHandler: timeouts },
        ...(where && { region: where }),
        ...(endpoint && { endpoint: endpoint.href }),
      });
    clients.set(where, client);
    return client;
  };
  const current = async (sdk: Sdk, place: Place) => {
    const { stage = 'AWSCURRENT', version } = place.options;
    const which = version === undefined ? { VersionStage: stage } : { VersionId: version };
    return clientOf(sdk, place).send(new sdk.GetSecretValueCommand({ SecretId: place.path, ...which }));
  };
  return {
    read: (place) =>
      asked(async (sdk) => {
        const { SecretString: text, VersionId: version } = await current(sdk, place);
        if (text === undefined) return { trouble: 'unusable', why: 'the secret is binary; text is wanted' };
        const secret = fieldOf(text, place.field);
        return isTrouble(secret) ? secret : { secret, version };
      }),
    write: (place, value) =>
      asked(async (sdk) => {
        // Its other fields stay. A secret that was made without a value has nothing to keep.
        const before = place.field === undefined ? undefined : await current(sdk, place).catch(unlessAbsent);
        const text = withField(before?.SecretString, place.field, value.expose());
        if (typeof text !== 'string') return text;
        await clientOf(sdk, place).send(new sdk.PutSecretValueCommand({ SecretId: place.path, SecretString: text }));
        return undefined;
      }),
    close() {
      for (const client of clients.values()) client.destroy();
    },
  };
};

const asked = async <T>(ask: (sdk: Sdk) => Promise<T | Trouble>): Promise<T | Trouble> => {
  const sdk = await import('@aws-sdk/client-secrets-manager').catch(absentPackage('@aws-sdk/client-secrets-manager'));
  return isTrouble(sdk) ? sdk : ask(sdk).catch(troubleOf);
};

const ABSENT = 'ResourceNotFoundException';

const unlessAbsent = (error: Error): undefined => {
  if (error.name !== ABSENT) throw error;
};

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html#API_GetSecretValue_Errors */
const WRONG = new Set([
  'InvalidParameterException',
  'InvalidRequestException',
  'DecryptionFailure',
  'ValidationException',
]);
/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html */
const REFUSED = new Set([
  ...['AccessDeniedException', 'UnrecognizedClientException', 'InvalidClientTokenId', 'ExpiredTokenException'],
  ...['InvalidSignatureException', 'MissingAuthenticationToken', 'IncompleteSignature', 'OptInRequired'],
]);

/** By the names that AWS publishes alone: a proxy may answer 403, too, and a message may quote what we sent. */
const troubleOf = (error: unknown): Trouble => {
  const { name, message } = error instanceof Error ? error : new Error('unknown');
  if (name === ABSENT)
    return { trouble: 'absent', why: `AWS has no such secret, or no such version of it (${ABSENT})` };
  if (REFUSED.has(name)) return { trouble: 'refused', why: `AWS refuses us (${name})` };
  if (WRONG.has(name)) return { trouble: 'unusable', why: `AWS does not take the request (${name})` };
  if (/region is missing/i.test(message))
    return { trouble: 'unusable', why: 'no region is known: set secrets.aws.region (AWS_REGION)' };
  return { trouble: 'unreachable', why: `AWS does not answer as it should (${codeOf(error) ?? name})` };
};

const codeOf = (error: unknown): string | undefined => {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
};

/** `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-SUFFIX`. */
const regionOfArn = (path: string): string | undefined =>
  /^arn:[^:]+:secretsmanager:(?<region>[^:]+):/.exec(path)?.groups?.['region'];
