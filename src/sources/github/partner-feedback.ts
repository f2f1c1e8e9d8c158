import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../core/clock.ts';
import type { Reply } from '../../core/ingress.ts';
import { Secret } from '../../core/secret.ts';
import { unlessStopped } from '../waiting.ts';
import { linkedTo } from './answer.ts';
import type { Reported } from './partner-reports.ts';

/** Tokens asked about in one turn of the event loop. */
const BREATH = 32;

type Label = 'true_positive' | 'false_positive';

/** What the issuer said of a token; undefined as long as it said nothing definite. */
export type VerdictOf = (token: Secret, stop: AbortSignal) => Promise<Label | undefined>;

interface FeedbackNeeds {
  readonly verdictOf: VerdictOf;
  /** Of all verdicts together. GitHub hangs up after 30 s. */
  readonly feedbackMs: number;
  readonly clock: Clock;
  readonly stop: AbortSignal;
}

interface Named {
  readonly token_hash: string;
  readonly token_type: string;
}

/**
 * Tells GitHub which tokens were real, by their SHA-256: only those with a verdict in time. Never rejects.
 * https://docs.github.com/en/code-security/secret-scanning/secret-scanning-partnership-program/secret-scanning-partner-program#provide-feedback-for-false-positives
 */
export const feedbackOn = async (reports: readonly Reported[], needs: FeedbackNeeds): Promise<Reply> => {
  const late = linkedTo(needs.stop);
  void needs.clock.sleep(needs.feedbackMs, late.signal).then(() => late.abort());
  const labelOf = async ([named, bytes]: readonly [Named, Uint8Array]) => {
    const ask = async () => needs.verdictOf(new Secret(new TextDecoder().decode(bytes)), late.signal);
    const label = await unlessStopped(ask(), late.signal).catch(() => undefined);
    return label ? [{ ...named, label }] : [];
  };
  const asked: ReturnType<typeof labelOf>[] = [];
  for (const one of distinct(reports)) {
    if (late.signal.aborted) break;
    asked.push(labelOf(one));
    // A report may be of thousands, and others wait for the event loop.
    if (asked.length % BREATH === 0) await turn();
  }
  const decided = (await Promise.all(asked)).flat();
  late.abort();
  if (decided.length === 0) return { status: 200 };
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(decided) };
};

/** Each token once, however often it was found; without a type GitHub could not tell which it is. */
const distinct = (reports: readonly Reported[]): readonly (readonly [Named, Uint8Array])[] => {
  const all = reports.flatMap(({ bytes, type }) => {
    if (type === undefined) return [];
    const named = { token_hash: createHash('sha256').update(bytes).digest('hex'), token_type: type };
    return [[`${named.token_hash} ${type}`, [named, bytes] as const] as const];
  });
  return [...new Map(all).values()];
};
