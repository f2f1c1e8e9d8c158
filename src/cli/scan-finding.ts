import { createHash } from 'node:crypto';
import type { Candidate, Fingerprint } from '../core/candidate.ts';
import { preview } from '../core/preview.ts';
import type { UnknownReason, Verdict } from '../core/verdict.ts';

/** One line of `--format jsonl`. Offsets and lengths in bytes; never the secret. */
export interface Finding {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
  readonly line: number;
  readonly column: number;
  readonly detector: string;
  /** Null without the daemon's key: any other would look like the key's name, and be none. */
  readonly fingerprint: string | null;
  readonly preview: string;
  readonly via: readonly string[];
  /** With `--git`: the first commit that has it. */
  readonly commit?: string;
  /** With `--validate`. */
  readonly verdict?: Verdict['validity'];
  /** With the verdict `unknown`. */
  readonly reason?: WhyUnknown;
}

/** Why nothing is known: what the issuer's answer was, or why it is not asked. */
export type WhyUnknown = UnknownReason | 'no-credential' | 'credential-refused' | 'ended-early';

/** What is found, before its line is known; it can go from thread to thread. */
export interface Sighting extends Omit<Finding, 'line' | 'column' | 'fingerprint'> {
  readonly fingerprint: string;
  /** Only where `--validate` will ask about it. */
  readonly secret?: string;
}

/** A finding with what is needed to ask the issuer. */
export interface Located {
  readonly finding: Finding;
  readonly secret?: string;
}

/** What of a candidate is told. `file`: with the archive's path before it; `via`: what was unpacked to get there. */
export const sighting = (
  candidate: Candidate,
  { file, via, secrets, base = 0 }: { file: string; via: readonly string[]; secrets: boolean; base?: number },
): Sighting => {
  const { offset, length, detector, fingerprint, secret } = candidate;
  const shown = { file, offset: base + offset, length, detector, fingerprint, preview: preview(secret) };
  return { ...shown, via: [...via, ...candidate.via], ...(secrets && { secret: secret.expose() }) };
};

/** Plain SHA-256 of the secret, for comparing with other tools. */
export const sha256: Fingerprint = (_, secret) => createHash('sha256').update(secret.expose()).digest('hex');
