import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { Fault } from '../core/errors.ts';

/**
 * A sealed value, byte for byte:
 *
 *     byte   0             format: 0xA1 (AES-256-GCM, first version)
 *     byte   1             length n of the key's id, 1 to 32
 *     bytes  2 … 2+n       the key's id, ASCII
 *     then   12            nonce, random
 *     then   as the plain  ciphertext
 *     last   16            tag
 *
 * Authenticated beside the ciphertext: "keyfuse candidate" 0x00, bytes 0 … 2+n, the message's key in UTF-8. So a sealed value
 * that is moved to another message key, to another purpose, or under another id does not open.
 */
export interface Seal {
  seal(plain: Uint8Array, key: string): Uint8Array;
  /** Faults: `seal.unknown-key`, `seal.broken`. */
  open(sealed: Uint8Array, key: string): Uint8Array;
}

/** `key`: 32 bytes. */
export interface RingKey {
  readonly id: string;
  readonly key: Uint8Array;
}

const FORMAT = 0xa1;
const NONCE = 12;
const TAG = 16;
const KEY = 32;
const PURPOSE = Buffer.from('keyfuse candidate\0');
const ID = /^[A-Za-z0-9._-]{1,32}$/;

/** The first key seals, all of them open. Errors: `config.invalid`. */
export const createSeal = (ring: readonly RingKey[]): Seal => {
  const [first] = checkRing(ring);
  // As a KeyObject: raw bytes would be made one for every message, which takes as long as the sealing itself.
  const keys = new Map(ring.map(({ id, key }) => [id, createSecretKey(key)]));
  const sealing = createSecretKey(first.key);
  const header = Buffer.concat([Buffer.from([FORMAT, first.id.length]), Buffer.from(first.id)]);

  return {
    seal(plain, key) {
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv('aes-256-gcm', sealing, nonce, { authTagLength: TAG });
      cipher.setAAD(bound(header, key));
      return Buffer.concat([header, nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, key) {
      const { header: theirs, id, nonce, ciphertext, tag } = cut(sealed);
      const ours = keys.get(id);
      if (!ours) throw new Fault('seal.unknown-key', ID.test(id) ? `no key "${id}" in the ring` : 'no such key');
      const decipher = createDecipheriv('aes-256-gcm', ours, nonce, { authTagLength: TAG });
      decipher.setAAD(bound(theirs, key));
      decipher.setAuthTag(tag);
      try {
        return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
      } catch (error) {
        throw new Fault('seal.broken', 'it does not open under this message key', error);
      }
    },
  };
};

const bound = (header: Uint8Array, key: string): Uint8Array => Buffer.concat([PURPOSE, header, Buffer.from(key)]);

const cut = (sealed: Uint8Array) => {
  const [format, length = 0] = sealed;
  const body = 2 + length;
  if (format !== FORMAT || length === 0 || sealed.length < body + NONCE + TAG) {
    throw new Fault('seal.broken', 'it is not of a format we know');
  }
  return {
    header: sealed.subarray(0, body),
    id: Buffer.from(sealed.subarray(2, body)).toString('latin1'),
    nonce: sealed.subarray(body, body + NONCE),
    ciphertext: sealed.subarray(body + NONCE, -TAG),
    tag: sealed.subarray(-TAG),
  };
};

/** The ring `id:base64,id2:base64`, the sealing key first. Errors: `config.invalid`, which tells the place and never a key. */
export const parseRing = (text: string): readonly [RingKey, ...RingKey[]] =>
  checkRing(
    text.split(',').map((entry) => {
      const [id = '', base64 = '', ...rest] = entry.trim().split(':');
      const key = Buffer.from(base64, 'base64');
      const exact = rest.length === 0 && key.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '');
      return { id, key: exact ? key : new Uint8Array() };
    }),
  );

const checkRing = (ring: readonly RingKey[]): readonly [RingKey, ...RingKey[]] => {
  const wrong = ring.flatMap(({ id, key }, n) => {
    const ids = ring.slice(0, n).map((other) => other.id);
    return [
      ...(ID.test(id) ? [] : [`key ${n + 1}: its id is 1 to 32 of A-Z a-z 0-9 . _ -`]),
      ...(key.length === KEY ? [] : [`key ${n + 1}: it is ${KEY} bytes in base64, written id:base64`]),
      ...(ids.includes(id) ? [`key ${n + 1}: its id was given before`] : []),
    ];
  });
  const [first, ...others] = ring;
  if (!first || wrong.length > 0)
    throw new Fault('config.invalid', `sealing keys: ${wrong.join('; ') || 'none given'}`);
  return [first, ...others];
};

/** 32 random bytes in base64, to be written behind an id in the ring. */
export const newKey = (): string => randomBytes(KEY).toString('base64');
