import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { Fact, RecordFact, Rejection } from '../core/facts.ts';
import type { Emit } from '../core/fragment.ts';
import type { Ingress, IngressCall, Reply } from '../core/ingress.ts';
import { Origin } from '../core/origin.ts';
import type { Secret } from '../core/secret.ts';
import { createOutlet } from './outlet.ts';
import type { Source } from './source.ts';
import { createFlowNames, stopped, unlessStopped } from './waiting.ts';

export interface HttpLogsNeeds {
  readonly ingress: Ingress;
  /** What senders must give as `Authorization: Bearer …`; without it anybody who can connect may send. */
  readonly token?: Secret | undefined;
  readonly clock: Clock;
  readonly record: RecordFact;
  /** The longest body. */
  readonly mostBytes?: number;
  /** How long a sender is kept waiting for the topic (ms). */
  readonly patienceMs?: number;
}

const LOGS_PATH = '/logs';
const MOST = 64 * 1024 * 1024;
const PATIENCE_MS = 30_000;
const TYPES = ['text/plain', 'application/x-ndjson', 'application/ndjson', 'application/jsonl', 'application/json'];
const GRACE_MS = 500;

/**
 * Log lines by `POST /logs`, as text or NDJSON. The raw bytes are scanned, whatever stands in them; no more than one
 * piece of 64 KiB per call is held. 204 means: every candidate in the body is durable.
 */
export const httpLogs = (needs: HttpLogsNeeds): Source => {
  const { ingress, clock } = needs;
  const nextFlow = createFlowNames('http-logs');
  const answers = new Set<Promise<Reply>>();
  return {
    name: 'http-logs',
    replayable: true,
    async run(emit, stop) {
      const over = new AbortController();
      ingress.post(LOGS_PATH, (call) => {
        const reply = answer(call, { ...needs, emit, stop, over: over.signal, nextFlow });
        answers.add(reply);
        return reply.finally(() => answers.delete(reply));
      });
      await stopped(stop);
      ingress.post(LOGS_PATH, undefined);
      const all = Promise.all(answers);
      const drained = new AbortController();
      void clock.sleep(GRACE_MS, drained.signal).then(() => over.abort());
      await all.finally(() => drained.abort());
    },
  };
};

interface CallNeeds extends HttpLogsNeeds {
  readonly emit: Emit;
  readonly stop: AbortSignal;
  /** Calls under way are waited for no longer. */
  readonly over: AbortSignal;
  nextFlow(): string;
}

interface Refusal {
  readonly rejected: Rejection;
  readonly reply: Reply;
}

const text = (body: string): Pick<Reply, 'body'> => ({ body: `${body}\n` });
const unauthorized: Refusal = {
  rejected: 'bad_signature',
  reply: { status: 401, headers: { 'www-authenticate': 'Bearer' }, ...text('give the bearer token of LOGS_TOKEN') },
};
const unsupported: Refusal = {
  rejected: 'unsupported_type',
  reply: { status: 415, ...text('send text/plain or application/x-ndjson') },
};
const compressed: Refusal = {
  rejected: 'unsupported_type',
  reply: { status: 415, ...text('send it uncompressed: content-encoding is not read') },
};
const tooLarge: Refusal = { rejected: 'too_large', reply: { status: 413, ...text('send smaller batches') } };
const cutShort: Refusal = { rejected: 'malformed', reply: { status: 400, ...text('the body was cut short') } };
const notDurable: Refusal = {
  rejected: 'not_durable',
  reply: { status: 503, headers: { 'retry-after': '5' }, ...text('not durable: send it again later') },
};

const answer = async (call: IngressCall, needs: CallNeeds): Promise<Reply> => {
  const { clock, record } = needs;
  const begun = clock.monotonic();
  // Facts of sources are not journaled, so nothing is lost with a rejection.
  const note = (fact: Fact): void => void record(fact).catch(() => undefined);
  // What is not durable is sent again; the topic says why in a fact of its own.
  const end = refusedByHead(call, needs) ?? (await take(call, needs).catch(() => notDurable));
  if ('rejected' in end) {
    note({ type: 'source.rejected', source: 'http-logs', reason: end.rejected });
    return end.reply;
  }
  const seconds = (clock.monotonic() - begun) / 1_000;
  note({ type: 'source.accepted', source: 'http-logs', bytes: end.bytes, seconds });
  return { status: 204 };
};

const refusedByHead = ({ headers }: IngressCall, { token, mostBytes = MOST }: CallNeeds): Refusal | undefined => {
  if (token && !isToken(headers.authorization ?? '', token)) return unauthorized;
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  if (!TYPES.includes(type.trim().toLowerCase())) return unsupported;
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') return compressed;
  return Number(headers['content-length'] ?? 0) > mostBytes ? tooLarge : undefined;
};

/** Hashes are compared, so that neither content nor length shows in the time. */
const isToken = (header: string, token: Secret): boolean => {
  const given = /^bearer +(.*)$/i.exec(header)?.[1] ?? '';
  const hash = (value: string): Buffer => createHash('sha256').update(value).digest();
  return timingSafeEqual(hash(given), hash(token.expose())) && given.length > 0;
};

/** Pours the body while it comes in. Rejects when it may not be durable. */
const take = async (call: IngressCall, needs: CallNeeds): Promise<{ readonly bytes: number } | Refusal> => {
  const { clock, emit, stop, over, nextFlow, mostBytes = MOST, patienceMs = PATIENCE_MS } = needs;
  const outlet = createOutlet({ emit: patient(emit, { clock, patienceMs }), stop, giveUp: over, nextFlow });
  let bytes = 0;
  let cut: Refusal | undefined;
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of call.body) {
        bytes += chunk.length;
        if (bytes > mostBytes) cut = tooLarge;
        if (cut) return;
        yield chunk;
      }
    } catch {
      cut = cutShort; // The sender went away; what came is scanned all the same.
    }
  }
  const origin = Origin.parse({
    source: 'http-logs',
    locator: `POST /logs from ${call.from}`,
    receivedAt: clock.now(),
  });
  await unlessStopped(outlet.stream(body(), origin), over);
  return cut ?? { bytes };
};

/** Rejects when the topic takes too long, so that the sender is told instead of being kept. */
const patient =
  (emit: Emit, { clock, patienceMs }: { readonly clock: Clock; readonly patienceMs: number }): Emit =>
  async (fragment) => {
    const late = new AbortController();
    void clock.sleep(patienceMs, late.signal).then(() => late.abort());
    await unlessStopped(emit(fragment), late.signal).finally(() => late.abort());
  };
