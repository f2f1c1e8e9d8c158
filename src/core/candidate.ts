import { createHmac, type KeyObject } from 'node:crypto';
import * as z from 'zod';
import { Origin } from './origin.ts';
import { Secret } from './secret.ts';

/** Text that fits a detector, at one origin; nothing more is known of it. */
export interface Candidate {
  readonly detector: string;
  readonly secret: Secret;
  readonly fingerprint: string;
  readonly origin: Origin;
  /** Decodings applied, outermost first: `['base64']`. */
  readonly via: readonly string[];
  /** Bytes in the flow of what stands there, encoded form included. */
  readonly offset: number;
  readonly length: number;
  /** How often it stood in one piece of a log, where `origin` is that of the first; absent: once. */
  readonly times?: number | undefined;
}

/** The sightings that a candidate stands for. */
export const timesOf = ({ times = 1 }: Pick<Candidate, 'times'>): number => times;

/** What travels on the topic, sealed. The fingerprint is the message's key. */
const Wire = z.object({
  v: z.literal(1),
  detector: z.string(),
  secret: z.string().transform((text) => new Secret(text)),
  origin: Origin,
  via: z.array(z.string()),
  offset: z.number(),
  length: z.number(),
  /** Versions before did not write it. */
  times: z.int().positive().optional(),
});

export const toWire = ({ fingerprint: _, secret, ...rest }: Candidate): string =>
  JSON.stringify({ v: 1, ...rest, secret: secret.expose() });

/** The candidate of a wire text, or undefined when it is none of a version we know. */
export const fromWire = (text: string, fingerprint: string): Candidate | undefined => {
  try {
    const { v: _, ...rest } = Wire.parse(JSON.parse(text));
    return { ...rest, fingerprint };
  } catch {
    return undefined;
  }
};

/** HMAC-SHA256 (64 hex digits) of detector id and secret: one key, one fingerprint, wherever it is seen. */
export type Fingerprint = (detector: string, secret: Secret) => string;

export const createFingerprint =
  (key: KeyObject): Fingerprint =>
  (detector, secret) =>
    createHmac('sha256', key).update(detector).update('\0').update(secret.expose()).digest('hex');

/** The public name of everything seen and done for one fingerprint. */
export const incidentOf = (fingerprint: string): string => `inc_${fingerprint.slice(0, 16)}`;
