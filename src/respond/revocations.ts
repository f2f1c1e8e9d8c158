import { createHash, createHmac } from 'node:crypto';
import { incidentOf } from '../core/candidate.ts';
import type { Clock } from '../core/clock.ts';
import type { NoticeChannel, RecordFact } from '../core/facts.ts';
import { fixedSecret, type Live } from '../core/live-secret.ts';
import type { Channel, Notice } from '../core/notice.ts';
import type { RevocationNotice } from '../core/revocation-notice.ts';
import type { Secret } from '../core/secret.ts';
import type { Store } from '../core/store.ts';
import { aDay, createOutbox, type OutboxSettings } from './outbox.ts';
import { post } from './post.ts';

export interface RevocationSettings {
  /** Each is told by itself. */
  readonly urls: readonly URL[];
  /** Signs: base64, `whsec_` before it allowed. */
  readonly secret?: Secret | undefined;
  /** Whether the digest of the dead key is told. */
  readonly sha256: boolean;
}

interface Needs {
  /** How `secret` goes on; absent: as it is. */
  readonly live?: Live;
  readonly store: Store;
  readonly clock: Clock;
  readonly record: RecordFact;
  /** Puts it on the compacted topic; resolves when it is durable there. Absent where there is none. */
  readonly announce?: ((fingerprint: string, body: string) => Promise<void>) | undefined;
}

/**
 * Tells programs of every key that is proved dead, at once: on each webhook, signed as Standard Webhooks are
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md), and on a compacted topic.
 * What it says is fixed in the transaction that ends the incident; a key is told of once at each place.
 */
export const createRevocations = (settings: RevocationSettings, needs: Needs): Channel => {
  const { clock, record, announce, live = fixedSecret } = needs;
  const held = settings.secret && live(settings.secret);
  const boxOf = (box: string, channel: NoticeChannel, send: OutboxSettings['send']) =>
    createOutbox(
      {
        ...{ box, send, ...aDay },
        say: (step, { incident }, how) => record({ type: `notice.${step}`, channel, incident, ...how }),
      },
      needs,
    );
  const boxes = [
    ...settings.urls.map((url) =>
      boxOf(`revocations ${digest(url.href)}`, 'revocation-webhook', async ({ id, body }, stop) => {
        const secrets = held && [held.now(), ...held.recent().slice(1)];
        const headers = signed(secrets, { id: incidentOf(id), body, now: clock.now() });
        const detail = await post(url, { headers, body, stop });
        return detail === undefined ? { arrived: true } : { detail };
      }),
    ),
    ...(announce
      ? [
          boxOf('revocations topic', 'revocation-topic', async ({ id, body }) => {
            await announce(id, body);
            return { arrived: true };
          }),
        ]
      : []),
  ];

  return {
    note: (notice, key) => (sql) => {
      const told = revocationOf(notice, settings.sha256 ? digest(key.expose()) : undefined, clock.now());
      if (!told) return;
      const parcel = { id: notice.fingerprint, incident: notice.incident, body: JSON.stringify(told) };
      for (const box of boxes) box.put(sql, parcel);
    },
    async run(stop) {
      await Promise.all(boxes.map((box) => box.run(stop)));
    },
  };
};

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Undefined for what is not proved dead, and for one more sighting of a key that is. */
const revocationOf = (
  { outcome, key, again, incident, issuer, detector, fingerprint }: Notice,
  sha256: string | undefined,
  now: number,
): RevocationNotice | undefined => {
  // What is proved dead was live: its id is known.
  if ((outcome !== 'revoked' && outcome !== 'already-gone') || again || !key) return undefined;
  const { id: keyId, environment, owner } = key;
  return {
    type: 'api_key.revoked',
    timestamp: new Date(now).toISOString(),
    data: {
      ...{ incident, outcome, issuer, environment, keyId, ...(owner && { owner: { ...owner } }) },
      ...{ detector, fingerprint, ...(sha256 !== undefined && { sha256 }) },
    },
  };
};

/** The id and the time are signed with the body, so that a copy of it is known by its id or its age. */
const signed = (
  secrets: readonly Secret[] | undefined,
  { id, body, now }: { readonly id: string; readonly body: string; readonly now: number },
): Readonly<Record<string, string>> => {
  const at = String(Math.floor(now / 1000));
  const sent = { 'webhook-id': id, 'webhook-timestamp': at };
  if (!secrets) return sent;
  // While a secret is rotated, with each: the receiver may know but one of them.
  const macs = secrets.map((secret) => {
    const key = Buffer.from(secret.expose().replace(/^whsec_/, ''), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')}`;
  });
  return { ...sent, 'webhook-signature': macs.join(' ') };
};
