import { Worker } from 'node:worker_threads';
import type { Clock } from '../../core/clock.ts';
import { type Job, type ReadOf, readJson } from './json.ts';

/** Reads JSON without holding the event loop. */
export interface Parser {
  /** What is needed of the JSON; undefined when it is malformed or took too long. The bytes of a large job are gone after. */
  read<J extends Job>(job: J): Promise<ReadOf<J> | undefined>;
  close(): Promise<void>;
}

export interface ParserLimits {
  /** A larger body is read in another thread. */
  readonly inlineBytes: number;
  /** After so long that thread is ended, and what it read counts as malformed. */
  readonly deadlineMs: number;
}

const defaults: ParserLimits = { inlineBytes: 256 * 1024, deadlineMs: 5_000 };

/** The file beside this one, whether it runs from source or is built. */
const workerFile = (): URL =>
  new URL(`./parse-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

export const createParser = (clock: Clock, limits: Partial<ParserLimits> = {}): Parser => {
  const { inlineBytes, deadlineMs } = { ...defaults, ...limits };
  let worker: Worker | undefined;
  let queue: Promise<unknown> = Promise.resolve();

  const start = (): Worker => {
    const begun = new Worker(workerFile(), { env: {}, resourceLimits: { maxOldGenerationSizeMb: 512 } });
    begun.unref();
    begun.on('error', () => undefined); // Out of memory: what was read is malformed, and we go on.
    begun.once('exit', () => {
      if (worker === begun) worker = undefined;
    });
    return begun;
  };

  const end = async (): Promise<void> => {
    const ended = worker;
    worker = undefined;
    await ended?.terminate();
  };

  const readThere = async (job: Job): Promise<unknown> => {
    worker ??= start();
    const answer = await answerOf(worker, job, { clock, deadlineMs });
    if (answer === 'none') await end();
    return answer === 'none' ? undefined : answer.read;
  };

  return {
    read<J extends Job>(job: J) {
      if (job.bytes.length <= inlineBytes) return Promise.resolve(readJson(job) as ReadOf<J> | undefined);
      const turn = queue.then(() => readThere(job));
      queue = turn.catch(() => undefined);
      return turn as Promise<ReadOf<J> | undefined>;
    },
    close: end,
  };
};

/** What the thread says; `none` when it was too slow, or died (out of memory). */
const answerOf = (
  worker: Worker,
  job: Job,
  { clock, deadlineMs }: { clock: Clock; deadlineMs: number },
): Promise<{ readonly read: unknown } | 'none'> =>
  new Promise((resolve) => {
    const answered = new AbortController();
    const settle = (answer: { readonly read: unknown } | 'none'): void => {
      answered.abort();
      worker.off('message', hear).off('exit', end);
      worker.unref();
      resolve(answer);
    };
    const hear = (read: unknown): void => settle({ read });
    const end = (): void => settle('none');
    worker.ref();
    worker.once('message', hear).once('exit', end);
    void clock.sleep(deadlineMs, answered.signal).then(end);
    worker.postMessage(job, transferable(job.bytes));
  });

/** A buffer that owns its memory is handed over; a view of a shared one is copied. */
const transferable = (bytes: Uint8Array): ArrayBuffer[] => {
  const { buffer } = bytes;
  return buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength ? [buffer] : [];
};
