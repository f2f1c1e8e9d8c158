import { hash } from 'node:crypto';
import type { Detector } from '../core/detector.ts';
import type { Suppression } from '../core/facts.ts';
import { createIgnores, type InlineIgnore } from './doubts-ignore.ts';
import { isPlaceholder } from './doubts-placeholder.ts';
import { testKeys as published } from './doubts-test-keys.ts';
import { looksWritten } from './doubts-written.ts';

/** A match with what stands around it; one byte, one character. */
export interface Doubtful {
  readonly detector: Detector;
  readonly secret: string;
  /** The line it stands on, at most 256 bytes either side, and where in it the secret begins. */
  readonly line: string;
  readonly at: number;
  /** The line before, or its end. */
  readonly before?: string;
  readonly via: readonly string[];
}

export interface DoubtPolicy {
  /** Whose comments shield a key. The daemon listens to none: a comment must not shield a live key there. */
  readonly inlineIgnore: InlineIgnore;
  /** SHA-256 of keys that are no secrets; default: those that vendors publish. */
  readonly testKeys?: ReadonlySet<string>;
}

/** Why a match is no candidate; undefined when nothing speaks against it. */
export type Doubt = (match: Doubtful) => Suppression | undefined;

/**
 * Judges a match without a network. What the detector knows comes first, what holds for every kind of key next; comments
 * last, so that only what would be a candidate is counted as ignored.
 */
export const createDoubts = ({ inlineIgnore, testKeys = published }: DoubtPolicy): Doubt => {
  const isIgnored = createIgnores(inlineIgnore);
  const judged = remembering(({ placeholder, foreign = [], accept }, secret) => {
    if (placeholder?.test(secret)) return 'placeholder';
    if (foreign.some((shape) => shape.test(secret))) return 'foreign';
    if (testKeys.has(hash('sha256', Buffer.from(secret, 'latin1')))) return 'test-key';
    if (isPlaceholder(secret)) return 'placeholder';
    if (accept ? accept(secret) : !looksWritten(secret)) return undefined;
    return accept ? 'not-proved' : 'written';
  });
  return ({ detector, secret, line, before = '' }) =>
    judged(detector, secret) ?? (isIgnored(line, before) ? 'ignored' : undefined);
};

type Judge = (detector: Detector, secret: string) => Suppression | undefined;

/** A text that is repeated a million times is judged once. */
const REMEMBERED = 256;
const remembering = (judge: Judge): Judge => {
  const known = new Map<string, Suppression | undefined>();
  return (detector, secret) => {
    const name = `${detector.id} ${secret}`;
    if (known.has(name)) return known.get(name);
    if (known.size === REMEMBERED) known.clear();
    const judgement = judge(detector, secret);
    known.set(name, judgement);
    return judgement;
  };
};
