import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { FactType } from '../core/facts.ts';
import { type LogPlace, publicText } from '../core/origin.ts';

/** What the chain starts from. */
export const GENESIS = '0'.repeat(64);

export const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The facts that may stand in the journal; the table decides which do. */
export const journaled = [
  'daemon.started',
  'daemon.stopped',
  'message.parked',
  'parked.redriven',
  'parked.discarded',
  'key.judged',
  'key.decided',
  'revocation.intended',
  'revocation.answered',
  'revocation.proved',
  'incident.ended',
  'incident.sighted',
  'responder.halted',
  'responder.resumed',
  'brake.engaged',
  'brake.released',
  'notice.sent',
  'notice.failed',
  'notice.pending',
  'rotation.begun',
  'rotation.intended',
  'rotation.in-use',
  'rotation.ended',
  'key.refused-by-api',
  'key.accepted-by-api',
  'key.unanswered-by-api',
] as const satisfies readonly FactType[];
export type Journaled = (typeof journaled)[number];

/** What the journal says of itself. */
const own = ['log.opened', 'log.rotated', 'log.closed', 'gap.declared'] as const;

/** What a gap is. The first two were never acknowledged; the others are a loss or somebody's hand. */
const gapKinds = ['torn tail', 'fsync failed', 'unreadable', 'missing', 'changed'] as const;
export const harmless: readonly string[] = ['torn tail', 'fsync failed'];

const text = z.string().max(512);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().nonnegative();

/** All that a log line may say of itself: what the journal did not know would block it. */
const logPlace = {
  ...{ host: text.optional(), service: text.optional(), namespace: text.optional(), pod: text.optional() },
  ...{ container: text.optional(), trace: text.optional(), time: z.number().optional() },
} satisfies { readonly [F in keyof LogPlace]-?: z.ZodType };

/** Who acted: this process, or a person through it. */
export const Who = z.strictObject({
  kind: z.enum(['daemon', 'person']),
  id: text,
  version: text.optional(),
});
export type Who = Readonly<z.infer<typeof Who>>;

/** The part of a record that a fact fills. */
export const Entry = z.strictObject({
  who: Who.optional(),
  what: z.enum([...journaled, ...own]),
  incident: text.optional(),
  attempt: count.optional(),
  target: z
    .strictObject({
      issuer: text.optional(),
      environment: text.optional(),
      keyId: text.optional(),
      fingerprint: text.optional(),
      message: text.optional(),
      newKeyId: text.optional(),
      rotation: text.optional(),
    })
    .optional(),
  /** The verdict, decision, answer or outcome. */
  result: text.optional(),
  why: z
    .strictObject({
      detector: text.optional(),
      reason: text.optional(),
      detail: text.optional(),
      severity: text.optional(),
      source: text.optional(),
      locator: text.optional(),
      link: text.optional(),
      actor: text.optional(),
      receivedAt: z.number().optional(),
      /** What the log line said of itself; `time` in epoch ms, by its own clock. */
      log: z.strictObject(logPlace).optional(),
    })
    .optional(),
  /** What the issuer told of a live key; deletion destroys it there. */
  evidence: z
    .strictObject({
      name: text.optional(),
      owner: z.strictObject({ type: text, id: text, organization: text.optional() }).optional(),
      permissions: z.array(text).max(100).optional(),
      lastUsedAt: text.nullable().optional(),
      usedBefore: text.nullable().optional(),
      createdAt: text.optional(),
      expiresAt: text.nullable().optional(),
      masked: text.optional(),
    })
    .optional(),
  seconds: z.record(text, z.number()).optional(),
  /** What a new segment continues, or what is missing before this record. */
  previous: z.strictObject({ file: text, records: count, last: hash }).optional(),
  gap: z
    .strictObject({
      file: text,
      why: z.enum(gapKinds),
      bytes: count.optional(),
      sha256: hash.optional(),
      /** The records that are concerned. */
      from: count.optional(),
      to: count.optional(),
    })
    .optional(),
});
export type Entry = Readonly<z.infer<typeof Entry>>;
export type Gap = NonNullable<Entry['gap']>;

/** One line of the journal. `prev`: SHA-256 of the bytes of the line before it, newline excluded. */
export const JournalRecord = z.strictObject({
  v: z.literal(1),
  seq: z.int().positive(),
  prev: hash,
  ts: z.iso.datetime(),
  boot: text,
  ...Entry.required({ who: true }).shape,
});
export type JournalRecord = Readonly<z.infer<typeof JournalRecord>>;

/** A copy with every text made public (bounded, no control characters) and scrubbed, and lists cut to what the schema takes. */
export const cleaned = (value: unknown, scrub: (text: string) => string): unknown => {
  if (typeof value === 'string') return publicText(scrub(value));
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => cleaned(item, scrub));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cleaned(item, scrub)]));
};

/** The record of a line, or undefined when it is none. */
export const fromLine = (line: Uint8Array): JournalRecord | undefined => {
  try {
    return JournalRecord.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line))).data;
  } catch {
    return undefined;
  }
};
