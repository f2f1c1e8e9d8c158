import type { DropCause, Fact } from '../../core/facts.ts';

/** Lines that are lost for good, told together: a full spool would say it for every batch. */
export interface Losses {
  add(cause: DropCause, lines: number): void;
  tell(): void;
}

export const createLosses = (note: (fact: Fact) => void): Losses => {
  const lost = new Map<DropCause, number>();
  return {
    add: (cause, lines) => void lost.set(cause, (lost.get(cause) ?? 0) + lines),
    tell() {
      for (const [cause, lines] of lost) note({ type: 'source.dropped', source: 'syslog', cause, lines });
      lost.clear();
    },
  };
};
