import type { Clock } from '../core/clock.ts';
import type { RecordFact } from '../core/facts.ts';
import type { Emit, Fragment } from '../core/fragment.ts';
import type { Origin } from '../core/origin.ts';
import { createPast, type Past } from './past.ts';
import { GivenUp, unlessStopped } from './waiting.ts';

/** A flow of which no piece is passed over: what is not durable is tried until it is. */
export interface Steady {
  readonly past: Past;
  /** Resolves when the bytes are durable. Rejects with `GivenUp` alone, when `stop` fires. */
  send(bytes: Uint8Array, last?: boolean): Promise<void>;
  /** Shows what may follow, and what the scanner holds back of the end, without moving on; false: it is not durable. */
  peek(ahead?: Uint8Array): Promise<boolean>;
}

interface Sending {
  readonly emit: Emit;
  readonly stop: AbortSignal;
  readonly clock: Clock;
  readonly record: RecordFact;
}

export interface SteadyNeeds extends Sending {
  /** Where the flow is; the time is that of each piece. */
  readonly place: Origin;
  readonly locate?: (origin: Origin) => Fragment['locate'];
  /** A name that no other flow has. */
  nextFlow(): string;
}

/** Further than any key reaches, in any encoding that is looked into. */
const OVERLAP = 16 * 1024;
const TROUBLE_PAUSE = 1_000;
const NOTHING = Buffer.alloc(0);

export const createSteady = (needs: SteadyNeeds): Steady => {
  const { stop, clock, place, locate, nextFlow } = needs;
  const past = createPast();
  let flow = nextFlow();
  /** What was shown of the flow may not be durable; and what is shown now, which nothing is given again for. */
  let isLost = false;
  let showing: Promise<unknown> = Promise.resolve();
  const part = (bytes: Uint8Array, about: Pick<Fragment, 'flow' | 'last' | 'peek'> = {}): Promise<boolean> => {
    const origin = { ...place, receivedAt: clock.now() };
    // What stands alone has offsets of its own.
    return sent({ bytes, origin, ...about, locate: about.flow === undefined ? undefined : locate?.(origin) }, needs);
  };

  return {
    past,
    async send(bytes, last = false) {
      await showing;
      past.add(bytes);
      // The scanner has gone on in the old flow; what it held back there comes again in a new one.
      const anew = (): Uint8Array => {
        isLost = false;
        flow = nextFlow();
        const whole = past.last(OVERLAP + bytes.length);
        past.restart(whole.length);
        return whole;
      };
      let whole = isLost ? anew() : bytes;
      while (!(await part(whole, { flow, last }))) {
        whole = anew();
        await clock.sleep(TROUBLE_PAUSE, stop);
      }
    },
    async peek(ahead = NOTHING) {
      const shown = isLost ? part(Buffer.concat([past.last(OVERLAP), ahead])) : part(ahead, { flow, peek: true });
      showing = shown.catch(() => undefined);
      const isDurable = await shown;
      if (!isDurable) isLost = true;
      return isDurable;
    },
  };
};

/** Tries what stands alone until it is durable. Rejects with `GivenUp` alone, when `stop` fires. */
export const firmly = async (fragment: Fragment, needs: Sending): Promise<void> => {
  while (!(await sent(fragment, needs))) await needs.clock.sleep(TROUBLE_PAUSE, needs.stop);
};

/** Whether it is durable now. */
const sent = async (fragment: Fragment, { emit, stop, clock, record }: Sending): Promise<boolean> => {
  if (stop.aborted) throw new GivenUp();
  const begun = clock.monotonic();
  try {
    await unlessStopped(emit(fragment), stop);
  } catch (error) {
    if (error instanceof GivenUp) throw error;
    return false; // The topic says why in a fault of its own.
  }
  const { bytes, origin } = fragment;
  const seconds = (clock.monotonic() - begun) / 1_000;
  // Facts of sources are not journaled, so nothing is lost with a rejection.
  void record({ type: 'source.accepted', source: origin.source, bytes: bytes.length, seconds }).catch(() => undefined);
  return true;
};
