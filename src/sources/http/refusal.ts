import type { Rejection } from '../../core/facts.ts';
import type { Reply } from '../../core/ingress.ts';

/** Why a call is turned away; each protocol words it in its own way. */
const refusals = {
  'no-token': { status: 401, rejected: 'bad_signature', text: 'give the token of LOGS_TOKEN, or a client certificate' },
  'wrong-token': { status: 401, rejected: 'bad_signature', text: 'the token is not that of LOGS_TOKEN' },
  type: { status: 415, rejected: 'unsupported_type', text: 'this content-type is not read here' },
  encoding: { status: 415, rejected: 'unsupported_type', text: 'send it uncompressed, or as gzip, deflate or zstd' },
  'too-large': { status: 413, rejected: 'too_large', text: 'too large: send smaller batches (docs/logs.md, Limits)' },
  'cut-short': { status: 400, rejected: 'malformed', text: 'the body was cut short' },
  packed: { status: 400, rejected: 'malformed', text: 'the body cannot be unpacked' },
  malformed: { status: 400, rejected: 'malformed', text: 'the body is not what its content-type says' },
  empty: { status: 400, rejected: 'malformed', text: 'the body is empty' },
  limited: { status: 429, rejected: 'rate_limited', text: 'too much from this sender: send it again later' },
  busy: { status: 503, rejected: 'not_durable', text: 'not durable: send it again later' },
} as const satisfies Record<string, { status: number; rejected: Rejection; text: string }>;

export type Why = keyof typeof refusals;

export interface Refusal {
  readonly why: Why;
  readonly status: number;
  readonly rejected: Rejection;
  /** For people. */
  readonly text: string;
  /** What HTTP asks for with this status. */
  readonly headers: Readonly<Record<string, string>>;
}

const RETRY_S = 5;

interface More {
  readonly text?: string | undefined;
  /** When to come again (s). */
  readonly retryAfter?: number | undefined;
}

export const refusalOf = (why: Why, { text, retryAfter = RETRY_S }: More = {}): Refusal => {
  const known = refusals[why];
  const headers: Record<string, string> = {
    ...(known.status === 401 && { 'www-authenticate': 'Bearer realm="keyfuse", Basic realm="keyfuse"' }),
    ...(why === 'encoding' && { 'accept-encoding': 'gzip, deflate, zstd' }),
    ...((known.status === 429 || known.status === 503) && { 'retry-after': `${retryAfter}` }),
  };
  return { why, ...known, text: text ?? known.text, headers };
};

/** For protocols without a shape for errors. */
export const plainly = ({ status, headers, text }: Refusal): Reply => ({ status, headers, body: `${text}\n` });

export const jsonReply = (status: number, body: unknown, headers?: Reply['headers']): Reply => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify(body),
});
