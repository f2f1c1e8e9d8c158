import { existsSync } from 'node:fs';
import { Fault } from '../../core/errors.ts';
import type { Fact } from '../../core/facts.ts';
import { NOT_REGULAR } from './open.ts';

/** Says what is wrong with each file once, until it is over. The topic and the store speak for themselves. */
export interface Teller {
  troubled(path: string, error: unknown): void;
  /** Everything was looked at: what gave no trouble since the last time is over. */
  looked(): void;
}

/** Of one look so many are told by name; the others by their number. */
const MOST = 20;

export const createTeller = (note: (fact: Fact) => void): Teller => {
  /** Paths, and what is wrong with them: at the last look, and since. */
  let told = new Map<string, string>();
  let now = new Map<string, string>();
  let fresh = 0;
  const tell = (detail: string): void =>
    note({ type: 'fault.raised', code: 'source.unreadable', detail: `logs.files: ${detail}` });

  return {
    troubled(path, error) {
      if (error instanceof Fault) return;
      const code = String((error as NodeJS.ErrnoException | undefined)?.code ?? 'error');
      const isTold = told.get(path) === code || now.get(path) === code;
      now.set(path, code);
      if (isTold) return;
      fresh += 1;
      if (fresh <= MOST) tell(`${path}: ${code}`);
    },
    looked() {
      if (fresh > MOST) tell(`${fresh - MOST} more`);
      fresh = 0;
      // It went away and nobody ever read it.
      for (const [path, code] of told) {
        if (code === NOT_REGULAR || now.has(path) || existsSync(path)) continue;
        note({ type: 'source.unscanned', source: 'file', locator: path, reason: 'gone' });
      }
      if (now.size !== told.size) note({ type: 'files.unreadable', files: now.size });
      told = now;
      now = new Map();
    },
  };
};
