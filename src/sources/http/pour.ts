import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../core/clock.ts';
import type { Emit, Fragment } from '../../core/fragment.ts';
import type { Origin } from '../../core/origin.ts';
import { GivenUp, unlessStopped } from '../waiting.ts';

export interface PourNeeds {
  readonly emit: Emit;
  /** From here on nothing new is emitted. */
  readonly stop: AbortSignal;
  /** From here on nothing under way is waited for. */
  readonly over: AbortSignal;
  readonly clock: Clock;
  /** How long a sender is kept waiting (ms). */
  readonly patienceMs: number;
  nextFlow(): string;
}

/** Settles like `work`, or rejects with `GivenUp` after so long: the sender is told instead of being kept. */
export const patiently = async <T>(
  work: Promise<T>,
  { clock, patienceMs }: Pick<PourNeeds, 'clock' | 'patienceMs'>,
) => {
  const late = new AbortController();
  void clock.sleep(patienceMs, late.signal).then(() => late.abort());
  return unlessStopped(work, late.signal).finally(() => late.abort());
};

/** Where one body is poured, piece by piece. Rejects as `emit` does, and with `GivenUp`. */
export const createPour = (needs: PourNeeds, origin: Origin) => {
  const { emit, stop, over, nextFlow } = needs;
  let flow: string | undefined;
  return async (bytes: Uint8Array, { last = false, peek, locate }: Pick<Fragment, 'last' | 'peek' | 'locate'>) => {
    if (stop.aborted || over.aborted) throw new GivenUp();
    if (last && !flow && bytes.length === 0) return;
    // A body of one piece is no flow: nothing needs to be remembered of it.
    if (!last) flow ??= nextFlow();
    const fragment = { bytes, origin, locate, ...(flow !== undefined && { flow, last }), ...(peek && { peek }) };
    const emitted = emit(fragment);
    let isQuick = false;
    emitted.then(
      () => {
        isQuick = true;
      },
      () => undefined,
    );
    // Others get their turn after each piece; most is done by then, and only who must wait is timed.
    await turn();
    if (!isQuick) await unlessStopped(patiently(emitted, needs), over);
  };
};

export type Pour = ReturnType<typeof createPour>;
