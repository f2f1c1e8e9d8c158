/** What one call holds in memory. */
export interface Seat {
  /** Undefined: there is room for so many bytes more. Else it resolves when there is. */
  take(bytes: number): Promise<void> | undefined;
  give(bytes: number): void;
  /** Gives all of it back; what it waits for is no longer waited for. */
  leave(): void;
}

interface Wish {
  readonly seat: Seat;
  readonly bytes: number;
  go(): void;
}

/**
 * Room for the bytes that all calls hold together; who finds it full waits, in order. One call at a time may go beyond: else
 * several that each hold a half and want the rest would wait for each other.
 */
export const createRoom = (most: number) => {
  let used = 0;
  let beyond: Seat | undefined;
  let waiting: Wish[] = [];

  const fits = (seat: Seat, bytes: number): boolean => used + bytes <= most || (beyond ?? seat) === seat;
  const settle = (): void => {
    if (used <= most) beyond = undefined;
    for (let [first] = waiting; first && fits(first.seat, first.bytes); [first] = waiting) {
      waiting.shift();
      first.go();
    }
  };

  return {
    open(): Seat {
      let held = 0;
      const seat: Seat = {
        take(bytes) {
          const go = (): void => {
            used += bytes;
            held += bytes;
            if (used > most) beyond = seat;
          };
          if (seat !== beyond && (waiting.length > 0 || !fits(seat, bytes))) {
            return new Promise<void>((resolve) => waiting.push({ seat, bytes, go: () => resolve(go()) }));
          }
          go();
          return undefined;
        },
        give(bytes) {
          held -= bytes;
          used -= bytes;
          settle();
        },
        leave() {
          waiting = waiting.filter((wish) => wish.seat !== seat);
          seat.give(held);
        },
      };
      return seat;
    },
    get used(): number {
      return used;
    },
  };
};

export type Room = ReturnType<typeof createRoom>;
