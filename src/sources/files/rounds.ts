import type { Clock } from '../../core/clock.ts';
import { type Bell, GivenUp } from '../waiting.ts';
import { type Crew, type CrewNeeds, closeAll, createCrew, save } from './crew.ts';
import { meetAll } from './joining.ts';
import { type Lookup, lookUp } from './lookup.ts';
import { lookAtResting } from './resting.ts';
import { resume } from './resuming.ts';
import type { Teller } from './teller.ts';
import { lookAgain, nextTurn, wrote } from './turns.ts';
import type { Watching } from './watching.ts';

const TROUBLE_PAUSE = 1_000;
const SAVE_EVERY_MS = 250;
/**
 * Looks take at most this part of the time, when the system tells of changes and when it does not. Beyond `most` (ms) they
 * may take half of it: a look that a busy machine made slow does not make the next one late.
 */
const MOVED = { share: 1 / 10, most: 1_000 };
const REST = { share: 1 / 50, most: 10_000 };
const LEAST_PAUSE = 20;

const pauseAfter = (took: number, { share, most }: typeof REST): number => Math.min(took / share, Math.max(most, took));

interface RoundNeeds {
  readonly paths: readonly string[];
  readonly fromStart?: boolean;
  readonly clock: Clock;
  readonly stop: AbortSignal;
  readonly pollMs: number;
  readonly bell: Bell;
  readonly watching: Watching;
  readonly teller: Teller;
}

export const roundAndRound = async (crewNeeds: CrewNeeds, needs: RoundNeeds): Promise<void> => {
  let crew = createCrew(crewNeeds);
  let round: Round | undefined;
  while (!needs.stop.aborted) {
    try {
      round ??= await firstRound(crew, needs);
      await round();
    } catch (error) {
      if (error instanceof GivenUp) break;
      if (!round) {
        await closeAll(crew);
        crew = createCrew(crewNeeds);
      }
      await needs.clock.sleep(TROUBLE_PAUSE, needs.stop);
    }
  }
  await closeAll(crew);
};

/** Looks if it is time to, gives one file its turn, saves now and then, and waits when there is nothing to do. */
type Round = () => Promise<void>;

const firstRound = async (crew: Crew, needs: RoundNeeds): Promise<Round> => {
  const { paths, fromStart = false, clock, pollMs, watching, teller } = needs;
  const now = (): number => clock.monotonic();
  let took = 0;
  let lookedAt = 0;
  let savedAt = now();
  let againAt = now();
  let moved = false;

  const look = async (meet: (crew: Crew, found: Lookup) => Promise<void>): Promise<void> => {
    const begun = now();
    moved = false;
    watching.moved();
    const found = await lookUp(paths, needs.stop);
    await meet(crew, found);
    for (const { path, error } of found.troubles) teller.troubled(path, error);
    teller.looked();
    watching.renew(found.dirs);
    lookedAt = now();
    took = lookedAt - begun;
  };
  const untilLook = (): number => {
    moved ||= watching.moved();
    const pause = moved ? Math.max(LEAST_PAUSE, pauseAfter(took, MOVED)) : Math.max(pollMs, pauseAfter(took, REST));
    return lookedAt + pause - now();
  };

  const saveNowAndThen = async (): Promise<void> => {
    if (now() - savedAt < SAVE_EVERY_MS) return;
    savedAt = now();
    await save(crew);
  };

  await look((_, found) => resume(crew, found, { patterns: paths, fromStart }));
  const lookAtRest = createRestLook(crew, now);
  return async () => {
    if (untilLook() <= 0) await look(meetAll);
    wrote(crew, watching.written());
    if (now() - againAt >= pollMs) {
      againAt = now();
      lookAgain(crew);
    }
    await lookAtRest();
    // Also when a text is refused: turn by turn, that may go on for long.
    const more = await nextTurn(crew).finally(saveNowAndThen);
    if (more) return;
    const wait = Math.min(pollMs, untilLook(), crew.changed.size > 0 ? SAVE_EVERY_MS : pollMs);
    await clockOrBell(clock, Math.max(1, wait), needs.bell);
  };
};

/** Looks at those that rest when it is time to. */
const createRestLook = (crew: Crew, now: () => number) => {
  let next = now();
  return async (): Promise<void> => {
    const begun = now();
    if (begun < next) return;
    await lookAtResting(crew, crew.resting.keys());
    next = now() + Math.max(crew.needs.rotatedMs, pauseAfter(now() - begun, REST));
  };
};

const clockOrBell = async (clock: Clock, ms: number, bell: Bell): Promise<void> => {
  const woken = new AbortController();
  void clock.sleep(ms, woken.signal).then(() => {
    if (!woken.signal.aborted) bell.ring();
  });
  await bell.rung();
  woken.abort();
};
