import { createHash, createSecretKey, timingSafeEqual } from 'node:crypto';
import type { Settings } from './config.ts';
import type { ScanSettings } from './config-read.ts';
import { createFingerprint, type Fingerprint } from './core/candidate.ts';
import { Fault } from './core/errors.ts';
import { fixedSecret, type Live, type LiveSecret } from './core/live-secret.ts';
import type { Secret } from './core/secret.ts';
import { readMadeKey, readOrMakeKey } from './made-keys.ts';
import { createSeal, parseRing, type Seal } from './topic/seal.ts';

const LEAST_KEY_BYTES = 32;
const FINGERPRINT_KEY_FILE = 'fingerprint.key';

/** The seal of the topic and the fingerprint, from their keys: given, or made in the data directory. `renew` asks for newer ones. */
export const openKeys = (
  { topic, dataDir }: Settings,
  live: Live = fixedSecret,
): { seal: Seal; fingerprint: Fingerprint; renew?: () => Promise<unknown> } => {
  const key = topic.fingerprintKey?.expose() ?? readOrMakeKey(dataDir, FINGERPRINT_KEY_FILE);
  const ring = topic.sealKeys && live(topic.sealKeys);
  const seal = ring ? createLiveSeal(ring) : createSeal(parseRing(`local:${readOrMakeKey(dataDir, 'seal.key')}`));
  return { seal, fingerprint: fingerprintBy(key), ...(ring && { renew: () => ring.newerThan(ring.known()[0]) }) };
};

/** Seals with the first key of the ring as it is now. Every key that was ever in it opens until we end. */
const createLiveSeal = (ring: LiveSecret): Seal => {
  let of = ring.now();
  let keys = parseRing(of.expose());
  let seal = createSeal(keys);
  const follow = (now: Secret): void => {
    if (now === of) return;
    const [first, ...rest] = parseRing(now.expose());
    const gone = keys.filter(({ id }) => ![first, ...rest].some((one) => one.id === id));
    [of, keys] = [now, [first, ...rest, ...gone]];
    seal = createSeal(keys);
  };
  return {
    seal(plain, key) {
      follow(ring.now());
      return seal.seal(plain, key);
    },
    open(sealed, key) {
      follow(ring.known()[0]); // one that has expired still opens
      return seal.open(sealed, key);
    },
  };
};

/** The fingerprint key (base64) of the daemon that has these settings, or undefined when it is not here. Makes none. */
export const findFingerprintKey = ({ topic, dataDir }: ScanSettings): string | undefined => {
  const made = () => (topic.brokers.length === 0 ? readMadeKey(dataDir, FINGERPRINT_KEY_FILE) : undefined);
  return topic.fingerprintKey?.expose() ?? made();
};

/** By the base64 of a key. Errors: `Fault` `config.invalid` when it is shorter than 32 bytes. */
export const fingerprintBy = (base64: string): Fingerprint => {
  const key = Buffer.from(base64, 'base64');
  if (key.length < LEAST_KEY_BYTES)
    throw new Fault('config.invalid', 'topic.fingerprintKey (FINGERPRINT_KEY): must be base64 of 32 bytes or more');
  return createFingerprint(createSecretKey(key));
};

/** A private key is the same however its lines are broken: really, as `\\n` in a string, or indented. */
const digest = (text: string): Buffer =>
  createHash('sha256')
    .update(text.replace(/\\[nr]|\s/g, ''))
    .digest();

/** Settings may hold the base64 of a private key; what leaks is the key. */
const formsOf = (secret: Secret): readonly string[] => {
  const text = secret.expose();
  const unpacked = Buffer.from(text, 'base64').toString('latin1');
  return unpacked.includes('-----BEGIN ') ? [text, unpacked] : [text];
};

/** What holds credentials of ours; a scan of files knows those of the issuers alone. */
type OwnSettings = Pick<Settings, 'workos'> &
  Partial<Pick<Settings, 'github' | 'logs' | 'notify' | 'revocations' | 'topic'>>;

/** Tells whether a found key is one of our own credentials, by hash and in constant time. */
export const createOwn = (
  { workos, github, logs, notify, revocations, topic }: OwnSettings,
  live: Live = fixedSecret,
): ((secret: Secret) => boolean) => {
  const renewed = [
    ...[workos, ...workos.environments].flatMap(({ apiKey, webhookSecret, previousWebhookSecret }) => [
      ...[apiKey, webhookSecret, previousWebhookSecret],
    ]),
    ...[github?.token, github?.webhookSecret, github?.previousWebhookSecret, logs?.token],
    ...[notify?.secret, revocations?.secret],
  ];
  const fixed = [github?.privateKey, topic?.saslPassword];
  const own = [
    ...renewed.flatMap((secret) => (secret ? [live(secret)] : [])),
    ...fixed.flatMap((secret) => (secret ? [fixedSecret(secret)] : [])),
  ];
  const digests = new WeakMap<Secret, readonly Buffer[]>();
  const digestsOf = (secret: Secret): readonly Buffer[] => {
    const made = digests.get(secret) ?? formsOf(secret).map(digest);
    digests.set(secret, made);
    return made;
  };
  return (secret) => {
    const found = digest(secret.expose());
    const known = own.flatMap((one) => one.known().flatMap(digestsOf));
    return known.map((one) => timingSafeEqual(one, found)).includes(true);
  };
};
