import type { Sql } from '../core/store.ts';
import { isUnsettled, UNDER_WAY_MS } from './cleaning.ts';
import { cancelled } from './ending.ts';
import { allOf, isAbout, isFailing, isUnproved, outgoingOf, type Rotation } from './rotation.ts';
import type { Opening, RotationShelf } from './rotation-shelf.ts';

/** A replacement that leaks so soon is not replaced again. */
const CHAIN_MS = 3_600_000;
const CHAINED = 'it was a replacement, and leaked within an hour: find out where from, then make another by hand';
const TAKEN = 'another key is being rotated into its sink, which holds one';

interface Shelved {
  readonly sql: Sql;
  readonly shelf: RotationShelf;
  readonly now: number;
}

/** The old key was revoked. One that was a replacement itself leaks from where it was put. */
export const onLeak = (opening: Opening, { sql, shelf, now }: Shelved): void => {
  const { id } = opening.old;
  const all = shelf.standing(sql, opening);
  const own = all.find((one) => isAbout(one, id));
  const others = all.filter((one) => one !== own && isGoingOn(one) && one.plan.sink === opening.plan.sink);
  const isOutgoing = own !== undefined && own.newId !== id;
  const isMoved = own !== undefined && isUnproved(own) && own.plan.sink !== opening.plan.sink;
  // Only a plan gives way, and only as long as it has put nothing there.
  const taken = others.some(({ cause, placed }) => cause === 'leak' || placed) ? TAKEN : undefined;
  const fault = shelf.isReplacement(sql, id, now - CHAIN_MS) ? CHAINED : taken;
  if (isOutgoing && !isFailing(own) && !isMoved) shelf.put(sql, { ...own, ...becomesLeak(own) });
  else if (fault !== undefined && own?.old.id === id) shelf.put(sql, refused(own, fault));
  else if (fault !== undefined) shelf.refuse(sql, opening, { now, fault });
  else {
    for (const one of others) shelf.put(sql, { ...one, ...givenWay(one, id) });
    if (own) shelf.put(sql, takenOver(own, opening, now));
    else shelf.begin(sql, opening, now);
  }
};

/** It writes its sink, or is about to. */
const isGoingOn = (rotation: Rotation): boolean => rotation.step !== 'clean' && !isFailing(rotation);

/** It fails, if it does not already, and says that nobody replaces the key. */
const refused = (own: Rotation, fault: string): Rotation => {
  const failed = isFailing(own) ? own : { ...own, ...cancelled(own, 'a leak') };
  return { ...failed, cause: 'leak', fault: [own.fault, fault].filter(Boolean).join('; '), revision: own.revision + 1 };
};

/** A new one is on its way; the old one need not be there any more. */
const becomesLeak = ({ revision }: Rotation): Partial<Rotation> => ({ cause: 'leak', revision: revision + 1 });

/** A leak outranks a plan that has put nothing into the sink yet. */
const givenWay = (standing: Rotation, id: string): Partial<Rotation> => ({
  ...cancelled(standing, `the replacement of ${id}, which leaked`),
  revision: standing.revision + 1,
});

/**
 * A leak outranks a plan: the rotation goes on as the replacement of the key that leaked. What else it was to end, or has
 * delivered, lives on, until another is proved.
 */
const takenOver = (standing: Rotation, opening: Opening, now: number): Rotation => {
  const { id, revision, attempt, lost, unansweredAt, aheadMs, endsAt } = standing;
  const known = outgoingOf(standing).find((one) => one.id === opening.old.id && !one.isEndUnknown);
  // The end that is listed may be ours.
  const old = endsAt !== undefined && known ? { ...opening.old, expiresAt: known.expiresAt } : opening.old;
  return {
    ...{
      ...opening,
      old,
      id,
      revision: revision + 1,
      attempt,
      lost,
      unansweredAt,
      aheadMs,
      endsAt,
      placed: false,
      ends: 'done',
    },
    before: allOf(standing).filter((one) => one.id !== old.id),
    ...{ step: endsAt === undefined ? 'create' : 'restore', tries: 0, refusals: 0 },
    // A sink may still be about to take what it was given.
    ...{ beganAt: now, stepAt: now, dueAt: isUnsettled(standing) ? now + UNDER_WAY_MS : now },
  };
};
