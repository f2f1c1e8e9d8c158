import { readFileSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import type { Fingerprint } from '../core/candidate.ts';
import { publicText } from '../core/origin.ts';
import { Secret } from '../core/secret.ts';
import { misuse } from './io.ts';
import type { Finding } from './scan-finding.ts';

const Entry = z.strictObject({
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits'),
  reason: z.string().min(3),
  /** The last day it counts. */
  expires: z.iso.date('must be a day such as 2027-01-31'),
  /** Only in this file; without it, wherever the key stands. */
  path: z.string().optional(),
  /** For the reader. */
  detector: z.string().optional(),
});
type Entry = z.infer<typeof Entry>;

const Baseline = z.strictObject({
  version: z.literal(1),
  /** Which fingerprints these are: `sha256`, or the name of an HMAC key. */
  fingerprints: z.string(),
  findings: z.array(Entry),
});
type Baseline = z.infer<typeof Baseline>;

/** Names the key of fingerprints without telling it, so that a baseline of another key is not taken to be empty. */
export const nameOf = (kind: 'hmac' | 'sha256', fingerprint: Fingerprint): string =>
  kind === 'sha256' ? kind : `hmac:${fingerprint('keyfuse-baseline', new Secret('')).slice(0, 16)}`;

/** Reads a baseline whose fingerprints are of this name. Errors: misuse. */
export const readBaseline = (file: string, name: string): readonly Entry[] => {
  const shown = `--baseline ${publicText(file)}`;
  const parsed = Baseline.safeParse(jsonIn(file, shown));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw misuse(`${shown} is no baseline (${issue?.path.join('.')}: ${issue?.message})`);
  }
  const { fingerprints, findings } = parsed.data;
  if (fingerprints !== name) throw misuse(`${shown} has fingerprints of ${fingerprints}, this scan of ${name}`);
  return findings;
};

const jsonIn = (file: string, shown: string): unknown => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw misuse(`${shown} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'no JSON'})`);
  }
};

const lastMoment = ({ expires }: Entry): number => Date.parse(`${expires}T23:59:59.999Z`);

/** Tells which findings a baseline hides at `now`. */
export const createBaseline = (entries: readonly Entry[], now: number) => {
  const inForce = entries.filter((entry) => lastMoment(entry) >= now);
  const byFingerprint = Map.groupBy(inForce, ({ fingerprint }) => fingerprint);
  const used = new Set<Entry>();
  return {
    expired: entries.length - inForce.length,
    hides({ fingerprint, file }: Finding): boolean {
      const entry = byFingerprint.get(fingerprint ?? '')?.find(({ path }) => path === undefined || path === file);
      if (entry) used.add(entry);
      return entry !== undefined;
    },
    /** Entries that hid nothing. */
    idle: () => inForce.length - used.size,
  };
};

const DEFAULT_DAYS = 90;
const dayIn = (now: number, days: number): string => new Date(now + days * 86_400_000).toISOString().slice(0, 10);

interface Writing {
  readonly file: string;
  readonly name: string;
  readonly reason: string | undefined;
  readonly expires: string | undefined;
  readonly now: number;
}

/** Checks what is to be written, before anything is scanned; then takes the findings. Entries that are there stay. */
export const createBaselineWriter = ({ file, name, reason, expires, now }: Writing) => {
  const made = { reason: reason ?? '', expires: expires ?? dayIn(now, DEFAULT_DAYS) };
  const sample = Entry.pick({ reason: true, expires: true }).safeParse(made);
  if (!sample.success)
    throw misuse('--write-baseline needs --reason TEXT, and --expires takes a day such as 2027-01-31');
  const kept = present(file) ? readBaseline(file, name) : [];
  const entries = new Map<string, Entry>(kept.map((entry) => [`${entry.fingerprint} ${entry.path ?? ''}`, entry]));
  return {
    add({ fingerprint, detector }: Finding): void {
      if (fingerprint === null) return;
      const key = `${fingerprint} `;
      const old = entries.get(key);
      if (!old || lastMoment(old) < now) entries.set(key, { fingerprint, ...made, detector });
    },
    /** How many are listed now. */
    write(): number {
      const findings = [...entries.values()].sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
      const baseline: Baseline = { version: 1, fingerprints: name, findings };
      writeFileSync(file, `${JSON.stringify(baseline, null, 2)}\n`);
      return findings.length;
    },
  };
};

const present = (file: string): boolean => {
  try {
    readFileSync(file);
    return true;
  } catch {
    return false;
  }
};
