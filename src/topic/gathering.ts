import type { Candidate } from '../core/candidate.ts';
import { isLog } from '../core/origin.ts';

type Publish = (hits: readonly Candidate[]) => Promise<void>;

interface Next {
  readonly hit: Candidate;
  times: number;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * While a message of a key from a log is being made durable, what else is found of it at the same place gathers and is the
 * next message: many senders of single lines make no more messages than the topic makes durable one after the other. Each of
 * them waits for the message that holds its own, and hears of its failure.
 */
export const gathering = (publish: Publish): Publish => {
  /** By key and place: what gathers. */
  const underway = new Map<string, Next | undefined>();

  const send = async (hits: readonly Candidate[]): Promise<void> => {
    const places = hits.filter(({ origin }) => isLog(origin.source)).map(placeOf);
    for (const place of places) underway.set(place, undefined);
    try {
      await publish(hits);
    } finally {
      void sendNext(places);
    }
  };
  const sendNext = async (places: readonly string[]): Promise<void> => {
    const next = places.flatMap((place) => underway.get(place) ?? []);
    for (const place of places) underway.delete(place);
    if (next.length === 0) return;
    try {
      await send(next.map(({ hit, times }) => ({ ...hit, times })));
      for (const { done } of next) done.resolve();
    } catch (error) {
      for (const { done } of next) done.reject(error);
    }
  };
  const join = (hit: Candidate): Promise<void> => {
    const place = placeOf(hit);
    const next = underway.get(place) ?? { hit, times: 0, done: Promise.withResolvers<void>() };
    next.times += hit.times ?? 1;
    underway.set(place, next);
    return next.done.promise;
  };

  return async (hits) => {
    const late = hits.filter((hit) => isLog(hit.origin.source) && underway.has(placeOf(hit)));
    const now = hits.filter((hit) => !late.includes(hit));
    const joined = late.map(join);
    await Promise.all([...(now.length > 0 ? [send(now)] : []), ...joined]);
  };
};

const placeOf = ({ fingerprint, origin }: Candidate): string => `${fingerprint} ${origin.source} ${origin.locator}`;
