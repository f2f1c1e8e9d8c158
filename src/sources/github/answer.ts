import type { Clock } from '../../core/clock.ts';
import { GithubRefusal, refusalOf } from './refusal.ts';

/** An answer whose body is not yet read. */
export interface GithubAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** How one call is given up: `quit` ends it, and fires itself after `timeoutMs` of silence. */
export interface Patience {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly quit: AbortController;
}

const LARGEST_WHOLE = 64 * 1024 * 1024;

/** Fires `quit` when more than `timeoutMs` lie between `begin` and `end`. */
export const createTimer = ({ clock, timeoutMs, quit }: Patience) => {
  const settled = new AbortController();
  return {
    begin: (): void =>
      void clock.sleep(timeoutMs, settled.signal).then(() => {
        if (!settled.signal.aborted) quit.abort();
      }),
    end: (): void => settled.abort(),
  };
};

/** Settles like `work`; fires `quit` when that takes too long. */
export const inTime = async <T>(work: Promise<T>, patience: Patience): Promise<T> => {
  const timer = createTimer(patience);
  timer.begin();
  return work.finally(timer.end);
};

/** Settles like `work`, or rejects with `GithubRefusal` as soon as `quit` fires: what stands in a queue does not hear it. */
export const orQuit = <T>(work: Promise<T>, { signal }: Pick<AbortController, 'signal'>): Promise<T> =>
  new Promise((resolve, reject) => {
    const end = (): void => reject(new GithubRefusal(0, 'no answer'));
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });

/** The body's chunks as they come. Leaving it early ends the call. */
export async function* readBody(stream: unknown, patience: Patience): AsyncGenerator<Uint8Array> {
  if (!(stream instanceof ReadableStream)) return patience.quit.abort();
  const reader = (stream as ReadableStream<Uint8Array>).getReader();
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read(), patience);
      if (done) return;
      yield value;
    }
  } catch (error) {
    throw refusalOf(error, patience.clock.now());
  } finally {
    patience.quit.abort();
  }
}

/** The whole body. Errors: `GithubRefusal` 413 above 64 MiB. */
export const wholeBody = async (body: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > LARGEST_WHOLE) throw new GithubRefusal(413, 'its answer is too large');
    parts.push(part);
  }
  return Buffer.concat(parts);
};

/** The next page's URL of `Link: <https://…?page=2>; rel="next", …`. */
export const nextPage = (link: string): string | undefined => /<([^<>]+)>;\s*rel="next"/.exec(link)?.[1];

/** A controller that fires with `stop`, and lets go of it once fired. */
export const linkedTo = (stop: AbortSignal): AbortController => {
  const quit = new AbortController();
  const end = (): void => quit.abort();
  if (stop.aborted) end();
  stop.addEventListener('abort', end, { once: true });
  quit.signal.addEventListener('abort', () => stop.removeEventListener('abort', end), { once: true });
  return quit;
};
