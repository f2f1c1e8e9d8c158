import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import type { Issuer } from '../core/issuer.ts';
import type { Keeper } from '../core/keeper.ts';
import type { Shelf } from './shelf.ts';

export interface FollowingNeeds {
  readonly keeper: Keeper;
  readonly shelf: Shelf;
  readonly clock: Clock;
}

/** The issuer's clock may be behind ours by so much: from its future nothing is told. What is told twice is known already. */
const SKEW_MS = 86_400_000;
/** Parts that are asked for in one go. */
const MOST_PARTS = 100;
const LASTING: readonly string[] = ['forbidden', 'unrecognised'];

/**
 * Asks what happened to keys of one environment since it was asked last; gives whether anything did, as far as there was an
 * answer. Before all keys were read there is nothing to follow. Errors: `Fault` `issuer.credential-refused`; `keys.unanswered`
 * where there was an answer and it tells nothing: that does not pass by itself, as silence may.
 */
export const followKeys = async (issuer: Issuer, { keeper, shelf, clock }: FollowingNeeds): Promise<boolean> => {
  const { environment } = issuer;
  let isNew = false;
  for (let part = 0; part < MOST_PARTS; part += 1) {
    const { after, followedAt } = shelf.freshness(environment);
    if (followedAt === undefined) break;
    const at = clock.now();
    const answer = await keeper.changes(issuer, after === undefined ? { from: followedAt - SKEW_MS } : { after });
    if (!('got' in answer)) {
      if (LASTING.includes(answer.reason)) throw new Fault('keys.unanswered', answer.reason);
      break;
    }
    const { items, next } = answer.got;
    // While more is to come, not all is known up to now.
    const known = { followedAt: next === undefined ? at : followedAt, after: items.at(-1)?.id };
    await shelf.follow({ environment, news: items, at }, known);
    isNew ||= items.length > 0;
    if (next === undefined) break;
  }
  return isNew;
};
