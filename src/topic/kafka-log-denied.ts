import type { Clock } from '../core/clock.ts';
import type { Member } from './kafka-member.ts';
import type { Place } from './kafka-seat.ts';

interface DeniedNeeds {
  readonly clock: Clock;
  readonly lookEveryMs: number;
  readonly stop: AbortSignal;
  say(trouble: { readonly what: string; readonly so: boolean; readonly why?: string }): void;
}

/** Topics that we may see and not read. */
export interface Denied {
  has(topic: string): boolean;
  /** Asks for no more of this place for a while: an answer would come at once each time. */
  putOff(topic: string, place: Place, member: Pick<Member, 'pause' | 'resume'>): void;
  /** To be asked now and then: what may be read again is no trouble any more. */
  look(): void;
}

const what = (topic: string): string => `topic ${topic} may not be read`;

export const createDenied = ({ clock, lookEveryMs, stop, say }: DeniedNeeds): Denied => {
  /** When it was last refused (monotonic ms). */
  const topics = new Map<string, number>();
  return {
    has: (topic) => topics.has(topic),
    putOff(topic, place, member) {
      topics.set(topic, clock.monotonic());
      say({ what: what(topic), so: true, why: 'TOPIC_AUTHORIZATION_FAILED' });
      member.pause(place);
      void clock.sleep(lookEveryMs, stop).then(() => member.resume(place));
    },
    look() {
      for (const [topic, at] of topics) {
        if (clock.monotonic() - at < 3 * lookEveryMs) continue;
        topics.delete(topic);
        say({ what: what(topic), so: false });
      }
    },
  };
};
