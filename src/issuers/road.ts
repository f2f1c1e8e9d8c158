import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import type { RecordFact } from '../core/facts.ts';
import type { Answer, AnswerClass, Issuer, Operation } from '../core/issuer.ts';
import type { LiveSecret } from '../core/live-secret.ts';
import type { Secret } from '../core/secret.ts';
import { createLane, type Haste, type LaneSettings } from './lane.ts';
import { type AnswerLimits, type Heard, requestOnce } from './request.ts';

export interface RoadSettings extends LaneSettings, AnswerLimits {
  readonly issuer: string;
  readonly environment: string;
  readonly credential: LiveSecret;
  readonly baseUrl: URL;
}

const RETRY_AFTER_DEFAULT_MS = 2_000;
const RETRY_AFTER_MOST_MS = 600_000;

/**
 * The only road to one environment of an issuer. Our credential is put on here and stands nowhere else. One call is
 * one request: own host only, no redirect, no retry (the topic retries), a deadline, a capped body. What comes back is
 * the raw answer; a refusal of our own credential (401) is a fault, for then nothing we hear can be believed. Only where
 * the credential was rotated is the call made again: with what replaced it, and with what it replaced, for a wrong key in
 * the store must not end what the one before it can still do.
 */
export const createIssuer = (settings: RoadSettings, needs: { clock: Clock; record: RecordFact }): Issuer => {
  const { clock, record } = needs;
  const lane = createLane(settings, clock);

  const askAs = async (credential: Secret, { operation, call }: Asked): Promise<Told> => {
    const place = await lane.enter(HASTE[operation]);
    if ('awayMs' in place) return { silence: 'throttled', retryAfterMs: place.awayMs };
    const started = clock.monotonic();
    const once = oneCall(settings, credential);
    try {
      const failure = await call({ baseUrl: settings.baseUrl, fetch: once.fetch }).then(
        () => undefined,
        (error: unknown) => error,
      );
      const heard = once.heard();
      if (!heard) throw new Error(`${operation} made no request`, { cause: failure });
      void tell(record, { settings, operation, heard, seconds: (clock.monotonic() - started) / 1000 });
      if ('status' in heard && heard.status === 429) lane.close(retryAfterMs(heard.retryAfter));
      return heard;
    } finally {
      place.leave();
    }
  };
  const { credential } = settings;
  /** Undefined: every other credential that we know was refused, too. */
  const askAsOthers = async (first: Secret, asked: Asked): Promise<Told | undefined> => {
    const newer = await credential.newerThan(first);
    const refused = [first];
    for (const other of new Set([...(newer ? [newer] : []), ...credential.recent()])) {
      if (refused.includes(other)) continue;
      const told = await askAs(other, asked);
      if (isTaken(told)) credential.prefer(other, refused);
      if (!isRefused(told)) return told;
      refused.push(other);
    }
    return undefined;
  };
  const notice = createTurns(settings, record);
  return {
    environment: settings.environment,
    async ask(operation, call) {
      const first = credential.now();
      const told = await askAs(first, { operation, call });
      const again = isRefused(told) ? await askAsOthers(first, { operation, call }) : undefined;
      notice(again ?? told);
      return answerOf(again ?? told, settings);
    },
  };
};

/** Says when the issuer begins to refuse us, whoever asked, and when it takes us again: not only when a key has leaked. */
const createTurns = ({ issuer, environment }: RoadSettings, record: RecordFact) => {
  let refused = false;
  return (told: Told): void => {
    if (refused ? !isTaken(told) : !isRefused(told)) return;
    refused = !refused;
    void record({ type: refused ? 'credential.refused' : 'credential.accepted', issuer, environment });
  };
};

interface Asked {
  readonly operation: Operation;
  readonly call: Parameters<Issuer['ask']>[1];
}

/** What came of a call, or that it had to stay away. */
type Told = Heard | { readonly silence: 'throttled'; readonly retryAfterMs: number };

const isRefused = (told: Told): boolean => 'status' in told && told.status === 401;

/** Silence, a limit or a 403 may come from before who we are was looked at. */
const isTaken = (told: Told): boolean =>
  'status' in told && told.status < 500 && ![401, 403, 429].includes(told.status);

const HASTE: Readonly<Record<Operation, Haste>> = {
  ...{ delete: 'urgent', expire: 'urgent', prove: 'urgent' },
  ...{ validate: 'usual', create: 'usual', follow: 'usual', spare: 'spare', list: 'idle', audit: 'idle' },
};

/** A `fetch` for one request that keeps what came back, whatever the SDK makes of it. */
const oneCall = (settings: RoadSettings, credential: Secret) => {
  const { baseUrl } = settings;
  let heard: Heard | undefined;
  let sent = false;
  const fetchOnce: typeof globalThis.fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.origin !== baseUrl.origin) throw new Error(`refused to call ${url.origin}: not ${baseUrl.origin}`);
    if (sent) throw new Error('one call is one request');
    sent = true;
    const headers = new Headers(init?.headers);
    headers.set('authorization', `Bearer ${credential.expose()}`);
    const question = { url, method: init?.method ?? 'GET', headers: Object.fromEntries(headers) };
    heard = await requestOnce({ ...question, body: init?.body ? String(init.body) : undefined }, settings);
    if ('silence' in heard) throw new Error(heard.silence);
    return new Response(heard.text || null, { status: heard.status });
  };
  return { fetch: fetchOnce, heard: () => heard };
};

const answerOf = (heard: Told, { issuer, environment }: RoadSettings): Answer => {
  if ('silence' in heard) return heard;
  const { status, text, retryAfter } = heard;
  if (status === 401) throw new Fault('issuer.credential-refused', `${issuer}, environment ${environment}`);
  if (status === 429) return { silence: 'throttled', retryAfterMs: retryAfterMs(retryAfter) };
  if (status >= 500) return { silence: 'server-error' };
  if (status >= 300 && status < 400) return { silence: 'redirect' };
  return { status, json: parsed(text) };
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Seconds or an HTTP date (RFC 9110, 10.2.3), in ms and within bounds. */
const retryAfterMs = (header: string | undefined): number => {
  if (!header) return RETRY_AFTER_DEFAULT_MS;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), RETRY_AFTER_MOST_MS) : RETRY_AFTER_DEFAULT_MS;
};

const tell = (
  record: RecordFact,
  {
    settings,
    operation,
    heard,
    seconds,
  }: { settings: RoadSettings; operation: Operation; heard: Heard; seconds: number },
) => record({ type: 'issuer.answered', issuer: settings.issuer, operation, class: classOf(heard), seconds });

const classOf = (heard: Heard): AnswerClass => {
  if ('silence' in heard) return 'none';
  if (heard.status === 429) return '429';
  if (heard.status >= 500) return '5xx';
  if (heard.status >= 400) return '4xx';
  return heard.status >= 300 ? '3xx' : '2xx';
};
