import type { GithubRefusal } from './refusal.ts';
import type { Work } from './work-list.ts';

/** Waits before the next attempt, in ms, by what GitHub said; after the last one a thing is `unscanned`. */
export interface RetryDelays {
  /** 404, 409, 422: usual for seconds after a push, and for ever when we may not read the repository. */
  readonly missing: readonly number[];
  /** 5xx, no answer, 403, an answer of an unknown shape: about a day. */
  readonly failing: readonly number[];
}

export const defaultRetryDelays: RetryDelays = {
  missing: [1, 2, 4, 8, 60, 600].map((seconds) => seconds * 1_000),
  failing: [1, 2, 4, 8, 30, 60, 300, 600, 1_800, ...Array.from({ length: 23 }, () => 3_600)].map((s) => s * 1_000),
};

/** What comes next for a thing that GitHub did not give. */
export type Step =
  | { readonly step: 'give-up'; readonly reason: string }
  | { readonly step: 'later'; readonly afterMs: number }
  /** Everything of the same owner would meet the same, so all of it waits, and it is no attempt of this one. */
  | { readonly step: 'all-later'; readonly afterMs: number; readonly fault: LimitFault };

type LimitFault = 'github.credential-refused' | 'github.rate-limited';

const CREDENTIAL_PAUSE = 60_000;

export const nextStep = ({ attempts }: Pick<Work, 'attempts'>, refusal: GithubRefusal, delays: RetryDelays): Step => {
  const { status, waitMs, message, elsewhere } = refusal;
  if (waitMs !== undefined) return { step: 'all-later', afterMs: waitMs, fault: 'github.rate-limited' };
  if (status === 401 && !elsewhere)
    return { step: 'all-later', afterMs: CREDENTIAL_PAUSE, fault: 'github.credential-refused' };
  const afterMs = refusal.unreadable ? undefined : planOf(status, delays)[attempts];
  if (afterMs === undefined) return { step: 'give-up', reason: message };
  return { step: 'later', afterMs: Math.max(afterMs, elsewhere?.waitMs ?? 0) };
};

const planOf = (status: number, { missing, failing }: RetryDelays): readonly number[] => {
  if (status === 410 || status === 413 || status === 451) return [];
  return status === 404 || status === 409 || status === 422 ? missing : failing;
};
