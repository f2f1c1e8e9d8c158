import { Fault } from '../../core/errors.ts';
import type { Fact } from '../../core/facts.ts';

/** Says each kind of trouble with files once, until it is over. The topic and the store speak for themselves. */
export interface Teller {
  troubled(path: string, error: unknown): void;
  /** Everything was looked at: what gave no trouble since the last time is over. */
  looked(): void;
}

export const createTeller = (note: (fact: Fact) => void): Teller => {
  let told = new Set<string>();
  let now = new Set<string>();
  return {
    troubled(path, error) {
      const code = String((error as NodeJS.ErrnoException | undefined)?.code ?? 'error');
      if (error instanceof Fault) return;
      const isTold = told.has(code) || now.has(code);
      now.add(code);
      if (!isTold) note({ type: 'fault.raised', code: 'source.unreadable', detail: `logs.files: ${path}: ${code}` });
    },
    looked() {
      told = now;
      now = new Set();
    },
  };
};
