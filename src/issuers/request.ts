import { type ClientRequest, type IncomingMessage, request as overTcp } from 'node:http';
import { request as overTls } from 'node:https';

/** What one request brought: a status with its body, or why there is none. */
export type Heard =
  | { readonly status: number; readonly text: string; readonly retryAfter: string | undefined }
  | { readonly silence: 'timeout' | 'unreachable' | 'too-large' };

export interface Question {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface AnswerLimits {
  /** From the first byte sent to the last byte read. */
  readonly deadlineMs: number;
  /** Longest answer that is read. */
  readonly bodyBytes: number;
}

/**
 * One request over a kept-alive connection; follows no redirect and repeats nothing. Never rejects. Node's own client and
 * not `fetch`, which takes three times the CPU for the same call; `NODE_USE_ENV_PROXY` works with both.
 */
export const requestOnce = ({ url, method, headers, body }: Question, limits: AnswerLimits): Promise<Heard> =>
  new Promise((resolve) => {
    const begin = url.protocol === 'https:' ? overTls : overTcp;
    const call = begin(url, { method, headers: { ...headers, 'accept-encoding': 'identity' } });
    const late = setTimeout(() => end({ silence: 'timeout' }), limits.deadlineMs);
    const end = (heard: Heard): void => {
      clearTimeout(late);
      resolve(heard);
      if ('silence' in heard) call.destroy();
    };
    listen(call, limits.bodyBytes, end);
    call.end(body);
  });

const listen = (call: ClientRequest, most: number, end: (heard: Heard) => void): void => {
  const lost = (): void => end({ silence: 'unreachable' });
  call.on('error', lost);
  call.once('response', (answer: IncomingMessage) => {
    const pieces: Buffer[] = [];
    let size = 0;
    answer.on('error', lost);
    answer.on('data', (piece: Buffer) => {
      size += piece.length;
      if (size > most) end({ silence: 'too-large' });
      else pieces.push(piece);
    });
    answer.once('end', () => {
      const retryAfter = answer.headers['retry-after'];
      end({ status: answer.statusCode ?? 0, text: Buffer.concat(pieces).toString('utf8'), retryAfter });
    });
  });
};
