import { createHash, createSecretKey, timingSafeEqual } from 'node:crypto';
import type { Settings } from './config.ts';
import { createFingerprint, type Fingerprint } from './core/candidate.ts';
import { Fault } from './core/errors.ts';
import type { Secret } from './core/secret.ts';
import { readOrMakeKey } from './made-keys.ts';
import { createSeal, parseRing, type Seal } from './topic/seal.ts';

const LEAST_KEY_BYTES = 32;

/** The seal of the topic and the fingerprint, from their keys: given, or made in the data directory. */
export const openKeys = ({ topic, dataDir }: Settings): { seal: Seal; fingerprint: Fingerprint } => {
  const ring = topic.sealKeys?.expose() ?? `local:${readOrMakeKey(dataDir, 'seal.key')}`;
  const key = Buffer.from(topic.fingerprintKey?.expose() ?? readOrMakeKey(dataDir, 'fingerprint.key'), 'base64');
  if (key.length < LEAST_KEY_BYTES)
    throw new Fault('config.invalid', 'topic.fingerprintKey (FINGERPRINT_KEY): must be base64 of 32 bytes or more');
  return { seal: createSeal(parseRing(ring)), fingerprint: createFingerprint(createSecretKey(key)) };
};

const digest = (secret: Secret): Buffer => createHash('sha256').update(secret.expose()).digest();

/** Tells whether a found key is one of our own credentials, by hash and in constant time. */
export const createOwn = ({ workos, github, logs, notify, topic }: Settings): ((secret: Secret) => boolean) => {
  const own = [
    ...[workos.apiKey, ...workos.environments.map(({ apiKey }) => apiKey)],
    ...[
      github.token,
      github.webhookSecret,
      github.previousWebhookSecret,
      logs.token,
      notify.secret,
      topic.saslPassword,
    ],
  ].flatMap((secret) => (secret ? [digest(secret)] : []));
  return (secret) => {
    const found = digest(secret);
    return own.map((one) => timingSafeEqual(one, found)).includes(true);
  };
};
