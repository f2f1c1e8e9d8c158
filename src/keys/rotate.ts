import { Fault } from '../core/errors.ts';
import type { Issuer } from '../core/issuer.ts';
import type { RotationStep } from '../core/rotation.ts';
import type { Sql } from '../core/store.ts';
import { aboutOf, type Bench, type Tools, type Try } from './bench.ts';
import { clean } from './cleaning.ts';
import { deliver, verify } from './delivering.ts';
import { end, remove, restore, watch } from './ending.ts';
import { create } from './making.ts';
import { failing, isOver, isUnproved, LONGEST_WAIT_MS, type Next, type Rotation } from './rotation.ts';
import type { RotationShelf } from './rotation-shelf.ts';

export interface RotateNeeds extends Tools {
  readonly issuers: readonly Issuer[];
  readonly shelf: Pick<RotationShelf, 'save' | 'due' | 'find' | 'holder' | 'inTheWay'>;
  /** Done in the transaction that makes it true. */
  readonly told?: ((before: Rotation, after: Rotation) => (sql: Sql) => void) | undefined;
}

/**
 * The life of a rotation, in order: the new key is made, delivered and proved before the old one is touched, and the old
 * one is deleted when its grace is over and nobody uses it.
 */
const tries: Readonly<Partial<Record<RotationStep, Try>>> = {
  create,
  deliver,
  verify,
  end,
  watch,
  delete: remove,
  restore,
  clean,
};

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;
/** What cannot be done for so long, before anything is proved, is given up. */
const MOST_WAIT_MS = 86_400_000;

/** Does the next step of a rotation once, and gives it as it stands then: saved. Errors: `Fault` `journal.blocked`, `store.*`. */
const advance = async (rotation: Rotation, needs: RotateNeeds, stop: AbortSignal): Promise<Rotation> => {
  const { issuers, shelf } = needs;
  const issuer = issuers.find(({ environment }) => environment === rotation.environment);
  // However the try ends, it goes on from what was saved last.
  let saved = rotation;
  const save = async (one: Rotation): Promise<Rotation> => {
    saved = await shelf.save(one);
    return saved;
  };
  const next = issuer
    ? await attempt(rotation, { ...needs, issuer, stop, save })
    : { why: `its environment ${rotation.environment} is not in the settings`, waitMs: LONGEST_PAUSE_MS };
  const after = await afterOf(saved, boundOf(rotation, next, needs), needs);
  return shelf.save({ ...after, revision: saved.revision }, needs.told?.(rotation, after));
};

const boundOf = (rotation: Rotation, next: Next, { clock }: Tools): Next => {
  const isTooLong = clock.now() - rotation.stepAt > MOST_WAIT_MS;
  return 'why' in next && isTooLong && isUnproved(rotation) ? failing(`for a day: ${next.why}`, next.change) : next;
};

/** The rotation after a try, and what is said of it. */
const afterOf = async (rotation: Rotation, next: Next, needs: Tools): Promise<Rotation> => {
  const { clock, record } = needs;
  const now = clock.now();
  const still: Rotation = { ...rotation, why: undefined, missedAt: undefined, ...next.change };
  if ('to' in next) {
    const after = { ...still, step: next.to, stepAt: now, tries: 0, refusals: 0, dueAt: now, waitsSince: undefined };
    if (isOver(after)) await sayEnd(after, needs);
    return after;
  }
  const tried = { ...still, tries: rotation.tries + 1 };
  if ('restMs' in next) {
    // A second look at what seems to be gone is no step forward.
    const waitsSince = still.missedAt === undefined ? undefined : rotation.waitsSince;
    return { ...tried, waitsSince, dueAt: now + next.restMs };
  }
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** rotation.tries, longestPauseOf(rotation));
  await record({ type: 'rotation.waiting', step: rotation.step, why: next.why, ...aboutOf(rotation) });
  const refusals = rotation.refusals + (next.isRefusal ? 1 : 0);
  const waits = { why: next.why, waitsSince: rotation.waitsSince ?? now };
  return { ...tried, ...waits, refusals, dueAt: now + Math.min(Math.max(pause, next.waitMs ?? 0), LONGEST_WAIT_MS) };
};

/** Where the old key is to end, that may have to be put off before it does. */
const longestPauseOf = ({ endsAt, plan }: Rotation): number =>
  endsAt === undefined ? LONGEST_PAUSE_MS : Math.min(Math.max(plan.graceMs / 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);

/** What stops us wholly is thrown; a fault of this rotation alone is a reason to wait, or to give up. */
const attempt = async (rotation: Rotation, bench: Bench): Promise<Next> => {
  try {
    return (await tries[rotation.step]?.(rotation, bench)) ?? { to: 'failed' };
  } catch (error) {
    if (!(error instanceof Fault) || /^(?:journal|store|rotation)\./.test(error.code)) throw error;
    const isHopeless = (error.next === 'park' || error.next === 'exit') && isUnproved(rotation);
    return isHopeless ? failing(error.message) : { why: error.message };
  }
};

const sayEnd = async (rotation: Rotation, { record, clock }: Tools): Promise<void> => {
  const { cause, ends: result, note, fault: why = note, beganAt } = rotation;
  const seconds = Math.max(0, clock.now() - beganAt) / 1_000;
  await record({ type: 'rotation.ended', cause, result, why, seconds, ...aboutOf(rotation) });
};

/** Does all that is due, each rotation by itself. What cannot be told why is a bug: that one waits, the others go on. */
export const advanceDue = async (needs: RotateNeeds, stop: AbortSignal): Promise<void> => {
  const { clock, record, shelf } = needs;
  const work = async (due: Rotation): Promise<void> => {
    let rotation = due;
    do rotation = await advance(rotation, needs, stop);
    while (!stop.aborted && !isOver(rotation) && rotation.dueAt <= clock.now());
  };
  const failed = async ({ id }: Rotation, error: unknown): Promise<void> => {
    const code = error instanceof Fault ? error.code : 'internal.unexpected';
    await record({ type: 'fault.raised', code, detail: `${id}: ${error}` });
    const now = code === 'rotation.elsewhere' ? undefined : shelf.find(id);
    if (!now) return;
    const waits = { why: `${error}`, waitsSince: now.waitsSince ?? clock.now() };
    await shelf.save({ ...now, ...waits, tries: now.tries + 1, dueAt: clock.now() + LONGEST_PAUSE_MS });
  };
  const now = stop.aborted ? [] : shelf.due(clock.now());
  await Promise.all(now.map((due) => work(due).catch((error: unknown) => failed(due, error))));
};
