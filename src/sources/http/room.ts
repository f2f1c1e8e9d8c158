import type { Clock } from '../../core/clock.ts';
import { createPace, type Pace, turnOf } from './pace.ts';

/** Who holds less is not sent away, unless it is the one beyond: as many as may be connected do not fill the room so (bytes). */
const LEAST_WORTH = 16 * 1024;

/** What one call holds in memory. */
export interface Seat {
  /** Undefined: there is room for so many bytes more. Else it resolves when there is. */
  take(bytes: number): Promise<void> | undefined;
  give(bytes: number): void;
  /** What the sender sends. Rejects with `GivenUp` when that comes slowly, and others wait for the room that is held for it. */
  read: Pace['read'];
  /** Gives all of it back; what it waits for is no longer waited for. */
  leave(): void;
}

export interface RoomNeeds {
  /** Bytes. */
  readonly most: number;
  readonly clock: Clock;
  /** How long a sender may send nothing while others wait (ms). */
  readonly slowMs: number;
}

/** Who has a seat. */
interface Guest {
  readonly sender: string;
  readonly pace: Pace;
  held: number;
}

interface Wish {
  readonly guest: Guest;
  readonly bytes: number;
  go(): void;
}

/**
 * Room for the bytes that all calls hold together. Who finds it full waits: what fits goes to the sender that holds least, so
 * that one with many calls does not stand before the others. One call at a time may go beyond, the one that holds most, for it is
 * nearest to its end: else several that each hold a half and want the rest would wait for each other.
 */
export const createRoom = ({ most, clock, slowMs }: RoomNeeds) => {
  const guests = new Set<Guest>();
  const waiting = new Set<Wish>();
  let used = 0;
  let beyond: Guest | undefined;

  const hold = (guest: Guest, bytes: number): void => {
    used += bytes;
    guest.held += bytes;
    if (bytes > 0 && used > most) beyond = guest;
  };
  const next = () => (beyond ? undefined : nextOf(waiting, { guests, free: most - used }));
  const settle = (): void => {
    if (used <= most) beyond = undefined;
    for (let wish = next(); wish; wish = next()) {
      waiting.delete(wish);
      wish.go();
    }
  };
  const watch = createWatch({
    ...{ guests, waiting, over: () => used - most, beyond: () => beyond },
    pause: () => clock.sleep(turnOf(slowMs)),
  });
  const seatOf = (guest: Guest): Seat => ({
    read: guest.pace.read,
    take(bytes) {
      if (bytes === 0 || !beyond || beyond === guest) return void hold(guest, bytes);
      const room = new Promise<void>((resolve) => waiting.add({ guest, bytes, go: () => resolve(hold(guest, bytes)) }));
      void watch();
      return room;
    },
    give(bytes) {
      hold(guest, -bytes);
      settle();
    },
    leave() {
      guests.delete(guest);
      for (const wish of waiting) if (wish.guest === guest) waiting.delete(wish);
      hold(guest, -guest.held);
      settle();
    },
  });

  return {
    open(sender: string): Seat {
      const guest = { sender, pace: createPace(turnOf(slowMs)), held: 0 };
      guests.add(guest);
      return seatOf(guest);
    },
    get used(): number {
      return used;
    },
  };
};

export type Room = ReturnType<typeof createRoom>;

interface Shared {
  readonly guests: ReadonlySet<Guest>;
  readonly free: number;
}

const nextOf = (waiting: ReadonlySet<Wish>, { guests, free }: Shared): Wish | undefined => {
  const bySender = new Map<string, number>();
  for (const { sender, held } of guests) bySender.set(sender, (bySender.get(sender) ?? 0) + held);
  const fair = leastOf(waiting, ({ guest }) => bySender.get(guest.sender) ?? 0);
  return fair && fair.bytes <= free ? fair : leastOf(waiting, ({ guest }) => -guest.held);
};

/** The first of those with the lowest number. */
const leastOf = <T>(all: Iterable<T>, numberOf: (one: T) => number): T | undefined => {
  let [found, lowest]: [T | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
  for (const one of all) {
    const number = numberOf(one);
    if (number < lowest) [found, lowest] = [one, number];
  }
  return found;
};

interface Watched {
  readonly guests: ReadonlySet<Guest>;
  readonly waiting: ReadonlySet<Wish>;
  /** What is held beyond the room; below 0 what is left of it. */
  over(): number;
  beyond(): Guest | undefined;
  pause(): Promise<void>;
}

/** While somebody waits: ends slow senders, those that hold most first, until what they hold is as much as is waited for. */
const createWatch = ({ guests, waiting, over, beyond, pause }: Watched) => {
  let watching = false;
  const shed = (): void => {
    let missing = over();
    for (const { bytes } of waiting) missing += bytes;
    for (const { pace, held } of guests) if (pace.ended()) missing -= held;
    for (const guest of [...guests].sort((a, b) => b.held - a.held)) {
      const { pace, held } = guest;
      if (missing <= 0) return;
      if (pace.ended() || !pace.slow() || (held < LEAST_WORTH && guest !== beyond())) continue;
      pace.end();
      missing -= held;
    }
  };
  return async (): Promise<void> => {
    if (watching) return;
    watching = true;
    while (waiting.size > 0) {
      await pause();
      for (const { pace } of guests) pace.turn();
      shed();
    }
    watching = false;
  };
};
