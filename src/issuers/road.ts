import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import type { AnswerClass, RecordFact } from '../core/facts.ts';
import type { Answer, Issuer, Operation } from '../core/issuer.ts';
import type { Secret } from '../core/secret.ts';
import { createLane, type LaneSettings } from './lane.ts';

export interface RoadSettings extends LaneSettings {
  readonly issuer: string;
  readonly environment: string;
  readonly credential: Secret;
  readonly baseUrl: URL;
  /** From the first byte sent to the last byte read. */
  readonly deadlineMs: number;
  /** Longest answer that is read. */
  readonly bodyBytes: number;
}

const RETRY_AFTER_DEFAULT_MS = 2_000;
const RETRY_AFTER_MOST_MS = 600_000;

/**
 * The only road to one environment of an issuer. Our credential is put on here and stands nowhere else. One call is
 * one request: own host only, no redirect, no retry (the topic retries), a deadline, a capped body. What comes back is
 * the raw answer; a refusal of our own credential (401) is a fault, for then nothing we hear can be believed.
 */
export const createIssuer = (settings: RoadSettings, needs: { clock: Clock; record: RecordFact }): Issuer => {
  const { clock, record } = needs;
  const lane = createLane(settings, clock);

  return {
    environment: settings.environment,
    async ask(operation, call) {
      const place = await lane.enter(operation !== 'validate');
      if ('awayMs' in place) return { silence: 'throttled', retryAfterMs: place.awayMs };
      const started = clock.monotonic();
      const once = oneRequest(settings);
      try {
        const failure = await call({ baseUrl: settings.baseUrl, fetch: once.fetch }).then(
          () => undefined,
          (error: unknown) => error,
        );
        const heard = once.heard();
        if (!heard) throw new Error(`${operation} made no request`, { cause: failure });
        void tell(record, { settings, operation, heard, seconds: (clock.monotonic() - started) / 1000 });
        if ('status' in heard && heard.status === 429) lane.close(heard.retryAfterMs);
        return answerOf(heard, settings);
      } finally {
        place.leave();
      }
    },
  };
};

/** What one request brought: a status with its body, or why there is none. */
type Heard =
  | { readonly status: number; readonly text: string; readonly retryAfterMs: number }
  | { readonly silence: 'timeout' | 'unreachable' | 'too-large' };

/** A `fetch` for one request that keeps what came back, whatever the SDK makes of it. */
const oneRequest = ({ baseUrl, credential, deadlineMs, bodyBytes }: RoadSettings) => {
  let heard: Heard | undefined;
  let sent = false;
  const fetchOnce: typeof globalThis.fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.origin !== baseUrl.origin) throw new Error(`refused to call ${url.origin}: not ${baseUrl.origin}`);
    if (sent) throw new Error('one call is one request');
    sent = true;
    const headers = new Headers(init?.headers);
    headers.set('authorization', `Bearer ${credential.expose()}`);
    const signal = AbortSignal.timeout(deadlineMs);
    try {
      const response = await fetch(url, { ...init, headers, redirect: 'manual', signal });
      const text = await readCapped(response, bodyBytes);
      heard =
        text === undefined
          ? { silence: 'too-large' }
          : { status: response.status, text, retryAfterMs: retryAfter(response.headers.get('retry-after')) };
      return new Response(response.status === 204 ? null : (text ?? ''), { status: response.status });
    } catch (error) {
      heard ??= { silence: signal.aborted ? 'timeout' : 'unreachable' };
      throw error;
    }
  };
  return { fetch: fetchOnce, heard: () => heard };
};

const answerOf = (heard: Heard, { issuer, environment }: RoadSettings): Answer => {
  if ('silence' in heard) return heard;
  const { status, text, retryAfterMs } = heard;
  if (status === 401) throw new Fault('issuer.credential-refused', `${issuer}, environment ${environment}`);
  if (status === 429) return { silence: 'throttled', retryAfterMs };
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

const readCapped = async (response: Response, most: number): Promise<string | undefined> => {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.byteLength;
    if (size > most) return undefined; // leaving the loop cancels the body
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
};

/** Seconds or an HTTP date (RFC 9110, 10.2.3), in ms and within bounds. */
const retryAfter = (header: string | null): number => {
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
