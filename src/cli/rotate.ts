import { subjects } from '../app-rotations.ts';
import { sinkReference } from '../config-keys.ts';
import { systemClock } from '../core/clock.ts';
import type { Item } from '../keys/inventory.ts';
import { isOver, type Rotation } from '../keys/rotation.ts';
import type { Subject } from '../keys/rotations.ts';
import { planOf, targetOf } from '../keys/targets.ts';
import { isCanary } from '../respond/policy.ts';
import { columns, type Exit, exits, type Io, misuse, say } from './io.ts';
import { insideRotations, type Room, type RoomOptions } from './rotate-room.ts';
import { createTelling, leftText, PLAN, planRow, print, STATUS, standingText, statusRow } from './rotate-telling.ts';

export interface RotateOptions extends RoomOptions {
  /** Do it; without it only the plan is shown. */
  readonly yes?: true;
  readonly allStale?: true;
  readonly limit: number;
  /** Instead of what the settings say. */
  readonly sink?: string;
  readonly graceHours?: number;
}

const DAY_MS = 86_400_000;
const FOLLOW_MS = 300;
/** Tries of a step after which it is left to whoever comes later. */
const PATIENCE = 4;

/** Rotates keys; without `--yes` it only says how. Exit 1 when one is not proved in the end: then no other is begun. */
export const rotate = (ids: readonly string[], options: RotateOptions, io: Io): Promise<Exit> =>
  insideRotations(options, io, async (room) => {
    if ((ids.length === 0) === (options.allStale === undefined)) throw misuse('name keys, or --all-stale');
    const asked = options.allStale ? stale(room, options, io) : ids.map((id) => subjectOf(id, room, options));
    if (asked.length === 0) return done('no key is to be rotated', io);
    for (const subject of asked) await check(subject, room);
    for (const two of Map.groupBy(asked, ({ plan }) => plan.sink).values())
      if (two.length > 1)
        throw misuse(`${two.map(({ key }) => key.id).join(' and ')} belong into one sink, which holds one`);
    if (!room.json) say(io.stdout, columns([PLAN, ...asked.map(planRow)]));
    if (options.yes) return inWaves(asked, room, io);
    if (room.json) for (const one of asked) say(io.stdout, JSON.stringify({ key: one.key.id, plan: one.plan }));
    return done('nothing was done: --yes does it', io);
  });

/** What there is of rotations, the newest first. */
export const status = (options: RoomOptions, io: Io): Promise<Exit> =>
  insideRotations(options, io, async (room) => {
    const all = room.rotations.list(100);
    if (room.json) print(all, room, io);
    else if (all.length === 0) say(io.stderr, 'no key was rotated');
    else say(io.stdout, columns([STATUS, ...all.map(statusRow)]));
    return room.rotations.failed().length > 0 ? exits.findings : exits.fine;
  });

/** Goes on with all that are under way, as far as it can be done now. */
export const resume = (options: RoomOptions, io: Io): Promise<Exit> =>
  insideRotations(options, io, async (room) => {
    const open = room.rotations.open();
    return open.length === 0
      ? done('no rotation is under way', io)
      : follow(
          open.map(({ id }) => id),
          room,
          io,
        );
  });

/** Ends one: the old key lives on, unless its deletion has begun. */
export const cancel = (id: string, options: RoomOptions, io: Io): Promise<Exit> =>
  insideRotations(options, io, async (room) => {
    const before = room.rotations.find(id);
    const isCancelled = await room.rotations.cancel(id, io.env['USER'] ?? 'unknown');
    if (!before || !isCancelled) throw misuse(`no rotation ${id} is under way`);
    await room.work();
    const ended = [room.rotations.find(id) ?? []].flat();
    print(ended, room, io);
    const [{ newId, plan } = {} as Partial<Rotation>] = ended;
    const left =
      newId && `; its key ${newId} stays where it is in ${plan?.sink}, and is removed in a minute where it is not`;
    return done(`${id} is cancelled: ${leftText(before)}${left ?? ''}`, io);
  });

/** A failure is no longer in the way of the schedule. */
export const forget = (id: string, options: RoomOptions, io: Io): Promise<Exit> =>
  insideRotations(options, io, async (room) => {
    if (!(await room.rotations.forget(id))) throw misuse(`no rotation ${id} has failed`);
    print([room.rotations.find(id) ?? []].flat(), room, io);
    return done(`${id} is forgotten`, io);
  });

const done = (text: string, { stderr }: Io): Exit => {
  say(stderr, text);
  return exits.fine;
};

/** Those that are stale and belong somewhere, and a word of the others. */
const stale = (room: Room, { limit }: RotateOptions, { stderr }: Io): readonly Subject[] => {
  const { settings, inventory, rotations } = room;
  const old = inventory.madeBefore(systemClock.now() - settings.keys.staleDays * DAY_MS);
  const how = { everyDays: settings.keys.staleDays, again: true };
  const due = subjects(settings, { inventory, rotations, clock: systemClock }, how);
  const nowhere = old.filter((key) => !targetOf(key, settings.keys.rotation)).length;
  say(
    stderr,
    `${old.length} stale keys: ${due.length} can be rotated now, ${nowhere} fit no entry of keys.rotation.targets`,
  );
  if (due.length > limit) say(stderr, `--limit leaves ${due.length - limit} for later`);
  return due.slice(0, limit);
};

const subjectOf = (id: string, { settings, inventory }: Room, options: RotateOptions): Subject => {
  const [key]: readonly (Item | undefined)[] = inventory.find(id);
  if (!key) throw misuse(`the issuer has no key ${id}, as far as is known; --read asks for all keys anew`);
  if (isCanary(settings.policy, key, systemClock.now())) throw misuse(`${id} is a canary of policy.canaries`);
  const rules = settings.keys.rotation;
  const found = targetOf(key, rules);
  const reference = options.sink ?? found?.sink;
  if (reference === undefined)
    throw misuse(`nobody said where key ${id} belongs: add an entry to keys.rotation.targets, or give --sink`);
  const { data: sink, error } = sinkReference().safeParse(reference);
  if (error) throw misuse(`the sink of ${id} ${error.issues[0]?.message}`);
  const { graceHours = found?.graceHours } = options;
  return { environment: key.environment, key, plan: planOf({ onLeak: 'delete', ...found, sink, graceHours }, rules) };
};

/** What would only be found out when a key is made. */
const check = async ({ key, plan }: Subject, { sink }: Room): Promise<void> => {
  try {
    await sink(plan.sink).get?.();
  } catch (fault) {
    throw misuse(`the sink of ${key.id}: ${(fault as Error).message}`);
  }
};

/** A wave is over when each of its new keys is proved: the old ones have their grace. */
const inWaves = async (asked: readonly Subject[], room: Room, io: Io): Promise<Exit> => {
  const { wave } = room.settings.keys.rotation;
  for (let at = 0; at < asked.length; at += wave) {
    const subjects = asked.slice(at, at + wave);
    const ids: string[] = [];
    for (const subject of subjects) {
      const answer = await room.rotations.begin(subject, io.env['USER'] ?? 'unknown');
      const one = 'begun' in answer ? answer.begun : answer.standing;
      if ('standing' in answer) say(io.stderr, standingText(subject, one));
      // One of another key is none that was asked for.
      if (one.old.id === subject.key.id) ids.push(one.id);
    }
    const exit = await follow(ids, room, io);
    if (exit !== exits.fine || ids.length < subjects.length) return exits.findings;
  }
  return exits.fine;
};

/** Tells how they go on, until each is over or in its grace; works on them where no daemon does. */
const follow = async (ids: readonly string[], room: Room, io: Io): Promise<Exit> => {
  const { rotations, work } = room;
  const tell = createTelling(io);
  const all = (): readonly Rotation[] => ids.flatMap((id) => rotations.find(id) ?? []);
  const isProved = (one: Rotation): boolean =>
    isOver(one) || (one.provedAt !== undefined && one.dueAt > systemClock.now());
  const isFailing = ({ step, ends }: Rotation): boolean => step === 'clean' && ends === 'failed';
  let isOurs = true;
  while (!io.stop.aborted) {
    isOurs = await work();
    all().forEach(tell);
    if (all().every((one) => isProved(one) || isFailing(one) || (isOurs && one.tries >= PATIENCE))) break;
    await systemClock.sleep(FOLLOW_MS, io.stop);
  }
  print(all(), room, io);
  if (!all().every(isOver)) say(io.stderr, isOurs ? LEFT : 'the daemon does the rest');
  return all().every((one) => isProved(one) && one.ends === 'done') ? exits.fine : exits.findings;
};

const LEFT = "a running daemon does the rest, or 'keyfuse keys rotate --resume'";
