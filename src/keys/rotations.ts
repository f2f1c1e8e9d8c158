import { isDeepStrictEqual } from 'node:util';
import type { IssuedKey } from '../core/keeper.ts';
import type { RotationCause, RotationFact } from '../core/rotation.ts';
import type { Sql, Store } from '../core/store.ts';
import { cancelled } from './ending.ts';
import { onLeak } from './leaking.ts';
import { advanceDue, type RotateNeeds } from './rotate.ts';
import { isOver, isUnproved, type Plan, type Rotation } from './rotation.ts';
import { createRotationShelf, type Opening, type RotationShelf } from './rotation-shelf.ts';

/** A key that is to be rotated, and how. */
export interface Subject {
  readonly environment: string;
  readonly key: Omit<IssuedKey, 'lastUsedAt' | 'masked' | 'updatedAt'>;
  readonly plan: Plan;
  /** For whoever reads of it. */
  readonly note?: string | undefined;
}

export interface RotationsNeeds extends Omit<RotateNeeds, 'shelf'> {
  readonly store: Store;
}

/** A rotation that was begun, or the one that is in its way: of the same key, or into the same sink. */
export type Begun = { readonly begun: Rotation } | { readonly standing: Rotation };

type Counted = Omit<Extract<RotationFact, { type: 'rotations.counted' }>, 'type'>;

/** Rotations of keys: begun here, worked on by whoever runs, until each has ended. */
export const createRotations = ({ store, ...needs }: RotationsNeeds) => {
  const shelf = createRotationShelf(store);
  const { clock, record } = needs;
  let counted: Counted | undefined;
  const begin = (opening: Opening): Promise<Begun> =>
    store.write((sql) => {
      const [standing] = shelf.standing(sql, opening);
      return standing ? { standing } : { begun: shelf.begin(sql, opening, clock.now()) };
    });
  return {
    ...{
      find: shelf.find,
      open: shelf.open,
      failed: shelf.failed,
      list: shelf.list,
      ofKey: shelf.ofKey,
      keys: shelf.keys,
    },
    begin: (subject: Subject, who: string): Promise<Begun> => begin(openingOf(subject, { cause: 'person', who })),
    /** The old key was revoked: in the transaction that says so. One that was a replacement itself leaks from where it was put. */
    replace(sql: Sql, subject: Subject): void {
      onLeak(openingOf(subject, { cause: 'leak' }), { sql, shelf, now: clock.now() });
    },
    /** In waves: no more than `wave` are unproved at once, and none is begun while one that failed stands. */
    async beginDue(subjects: () => readonly Subject[], wave: number): Promise<void> {
      const room = wave - shelf.open().filter(isUnproved).length;
      if (room <= 0 || shelf.failed().length > 0) return;
      for (const subject of subjects().slice(0, room)) await begin(openingOf(subject, { cause: 'schedule' }));
    },
    isDue: (): boolean => shelf.due(clock.now()).length > 0,
    /** Does what is due now. */
    work: (stop: AbortSignal): Promise<void> => advanceDue({ ...needs, shelf }, stop),
    ...hands(shelf),
    /** Says how many there are, when that has changed. */
    async count(): Promise<void> {
      const open = shelf.open();
      const since = Math.min(...open.map(({ waitsSince = Number.POSITIVE_INFINITY }) => waitsSince));
      const waitingSince = Number.isFinite(since) ? since / 1_000 : 0;
      const now: Counted = { open: open.length, failed: shelf.failed().length, waitingSince };
      if (isDeepStrictEqual(now, counted)) return;
      await record({ type: 'rotations.counted', ...now });
      counted = now;
    },
  };
};

export type Rotations = ReturnType<typeof createRotations>;

/** What a person may do to one that is there. */
const hands = (shelf: RotationShelf) => ({
  /** False: it is over, or there is none. */
  async cancel(id: string, who: string): Promise<boolean> {
    const rotation = shelf.find(id);
    if (!rotation || isOver(rotation)) return false;
    await shelf.save({ ...rotation, ...cancelled(rotation, who) });
    return true;
  },
  /** False: it did not fail, or there is none. */
  async forget(id: string): Promise<boolean> {
    const rotation = shelf.find(id);
    if (rotation?.step !== 'failed') return false;
    await shelf.save({ ...rotation, step: 'forgotten' });
    return true;
  },
});

const openingOf = ({ environment, key, plan, note }: Subject, by: { cause: RotationCause; who?: string }): Opening => {
  const { id, owner, name, permissions, createdAt, expiresAt } = key;
  return { environment, old: { id, owner, name, permissions, createdAt, expiresAt }, plan, note, ...by };
};

const POLL_MS = 500;
/** Rounds between two looks at the schedule. */
const SCHEDULE_ROUNDS = 10;

/** Works on them until `stop`; never rejects. `schedule` is asked now and then which keys are due. */
export const runRotations = async (
  rotations: Rotations,
  { clock, record, schedule }: Pick<RotationsNeeds, 'clock' | 'record'> & { readonly schedule: () => Promise<void> },
  stop: AbortSignal,
): Promise<void> => {
  const tell = (error: unknown) =>
    record({ type: 'fault.raised', code: 'internal.unexpected', detail: `rotations: ${error}` }).catch(() => undefined);
  for (let round = 0; !stop.aborted; round += 1) {
    if (round % SCHEDULE_ROUNDS === 0) await schedule().catch(tell);
    await rotations.work(stop).catch(tell);
    await rotations.count().catch(tell);
    await clock.sleep(POLL_MS, stop);
  }
};
