import type { Sql } from '../core/store.ts';
import { isDoubtful, UNDER_WAY_MS } from './cleaning.ts';
import { cancelled } from './ending.ts';
import { isFailing, isUnproved, leftBy, outgoingOf, type Rotation } from './rotation.ts';
import type { Opening, RotationShelf } from './rotation-shelf.ts';

/** A replacement that leaks so soon is not replaced again. */
const CHAIN_MS = 3_600_000;
const CHAINED = 'it was a replacement, and leaked within an hour: find out where from, then make another by hand';
const TAKEN = 'another key is being rotated into its sink, and stands there';

interface Shelved {
  readonly sql: Sql;
  readonly shelf: RotationShelf;
  readonly now: number;
}

/** The old key was revoked. One that was a replacement itself leaks from where it was put. */
export const onLeak = (opening: Opening, { sql, shelf, now }: Shelved): void => {
  const { id } = opening.old;
  const standing = shelf.standing(sql, opening);
  const isOutgoing = standing !== undefined && outgoingOf(standing).some((one) => one.id === id);
  if (isOutgoing && !isFailing(standing)) shelf.put(sql, { ...standing, ...becomesLeak(standing, id) });
  else if (shelf.isReplacement(sql, id, now - CHAIN_MS)) shelf.refuse(sql, opening, { now, fault: CHAINED });
  else if (standing && (isOutgoing || standing.newId === id)) shelf.put(sql, takenOver(standing, opening, now));
  else if (standing?.placed) shelf.refuse(sql, opening, { now, fault: TAKEN });
  else {
    if (standing) shelf.put(sql, { ...standing, ...givenWay(standing, id) });
    shelf.begin(sql, opening, now);
  }
};

/** A new one is on its way; the old one need not be there any more. */
const becomesLeak = (standing: Rotation, id: string): Partial<Rotation> =>
  isUnproved(standing) && standing.old.id === id ? { cause: 'leak', revision: standing.revision + 1 } : {};

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
  const { id, revision, attempt, lost, unansweredAt, aheadMs, endsAt, old } = standing;
  const left = [{ id: old.id, expiresAt: old.expiresAt }, ...leftBy(standing)];
  return {
    ...{
      ...opening,
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
    before: left.filter((one) => one.id !== opening.old.id),
    ...{ step: endsAt === undefined ? 'create' : 'restore', tries: 0, refusals: 0 },
    // A sink may still be about to take what it was given.
    ...{ beganAt: now, stepAt: now, dueAt: isDoubtful(standing) ? now + UNDER_WAY_MS : now },
  };
};
