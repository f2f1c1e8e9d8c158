import * as z from 'zod';
import type { Clock } from '../core/clock.ts';
import type { RecordFact } from '../core/facts.ts';
import type { Channel } from '../core/notice.ts';
import type { Seal } from '../core/seal.ts';
import type { Store } from '../core/store.ts';
import { isProved } from '../core/verdict.ts';
import { createOutbox, type Sent, type Step } from './outbox.ts';
import type { DueParcel } from './outbox-rows.ts';

export interface ProbeSettings {
  /** A page of your own API that wants a key and changes nothing. Absent: no key is kept, and what was kept is forgotten. */
  readonly url?: URL | undefined;
  /** The header that a key is presented in, and what stands there: `Bearer {key}`. */
  readonly header: string;
  readonly template: string;
  /** Statuses that say no. */
  readonly refused: readonly number[];
  readonly timeoutMs: number;
  /** So long it is asked again while it says yes, or nothing definite. */
  readonly seconds: number;
}

interface Needs {
  readonly store: Store;
  readonly clock: Clock;
  readonly record: RecordFact;
  readonly seal: Seal;
}

/** What a probe is of; the key is sealed. */
const Subject = z.object({
  about: z.object({ fingerprint: z.string(), incident: z.string(), detector: z.string(), issuer: z.string() }),
  sealed: z.base64(),
});

const MOST_WAIT_MS = 10_000;
const FACTS = { sent: 'key.refused-by-api', failed: 'key.unanswered-by-api' } as const;
const ACCEPTED = 'accepted';

/**
 * Asks your own API whether it refuses a key, too, until it does or the time is over: it may remember the key although its
 * issuer does not. Only for a key that is proved dead, so that nothing is ever called with a key that lives. The key is kept
 * sealed until then, and goes to the one address of the settings.
 */
export const createProbe = (settings: ProbeSettings, { store, clock, record, seal }: Needs): Channel => {
  const outbox = createOutbox(
    {
      box: 'probes',
      patienceMs: settings.url ? settings.seconds * 1000 : 0,
      waitMs: (attempts) => Math.min(125 * 2 ** attempts, MOST_WAIT_MS),
      async send({ id, body, detail: before }, stop) {
        const { sealed } = Subject.parse(JSON.parse(body));
        const key = Buffer.from(seal.open(Buffer.from(sealed, 'base64'), contextOf(id))).toString();
        const answer = await present(key, settings, stop).catch((): Sent => ({ detail: 'no answer' }));
        // A yes counts until it is a no: silence after it, such as a 429 for our own asking, takes nothing back.
        return 'detail' in answer && before === ACCEPTED ? { detail: ACCEPTED } : answer;
      },
      say: (step, parcel, { seconds, detail }) => said(step, parcel, { seconds, detail, record }),
    },
    { store, clock },
  );
  return {
    note:
      ({ outcome, again, fingerprint, incident, detector, issuer }, key) =>
      (sql) => {
        if (!settings.url || !isProved(outcome) || again) return;
        const sealed = seal.seal(Buffer.from(key.expose()), contextOf(fingerprint));
        const subject = {
          about: { fingerprint, incident, detector, issuer },
          sealed: Buffer.from(sealed).toString('base64'),
        };
        outbox.put(sql, { id: fingerprint, incident, body: JSON.stringify(subject) });
      },
    run: outbox.run,
  };
};

/** So that what was sealed for a probe opens as nothing else. */
const contextOf = (fingerprint: string): string => `probe ${fingerprint}`;

const said = async (
  step: Step,
  { body, attempts }: DueParcel,
  { seconds, detail, record }: { seconds: number; detail: string | undefined; record: RecordFact },
): Promise<void> => {
  if (step === 'late') return;
  const { about } = Subject.parse(JSON.parse(body));
  const type = detail === ACCEPTED ? 'key.accepted-by-api' : FACTS[step];
  await record({ type, ...about, attempts: attempts + 1, seconds, ...(detail !== undefined && { detail }) });
};

/** Refused is what we are after: it `arrived`. */
const present = async (key: string, settings: ProbeSettings, stop: AbortSignal): Promise<Sent> => {
  const { url, header, template, refused, timeoutMs } = settings;
  if (!url) return { detail: 'there is no probe.url any more' };
  const headers = { [header]: template.replace('{key}', () => key) };
  const signal = AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]);
  const response = await fetch(url, { redirect: 'manual', headers, signal });
  await response.body?.cancel();
  if (refused.includes(response.status)) return { arrived: true };
  return { detail: response.ok ? ACCEPTED : `status ${response.status}` };
};
