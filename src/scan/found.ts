import type { Budget } from './budget.ts';
import type { CompiledRule } from './engine.ts';
import type { Anchor } from './pattern/anchor.ts';
import type { Within } from './sheet.ts';
import type { Place } from './text.ts';

/** A place where a rule's pattern fits, and the line that it stands on. */
export interface Found extends Place {
  readonly rule: CompiledRule;
  /** Names detector and decodings. */
  readonly by: string;
  readonly secret: string;
  /** Where in the text that was packed there. */
  readonly within: Within;
  /** The whole match. */
  readonly match: string;
  readonly via: readonly string[];
  /** Latin-1, a few hundred characters at most, and where in it the secret begins. */
  readonly line: string;
  readonly at: number;
}

/** Where an anchor of a rule stands. */
export interface Hit {
  readonly rule: CompiledRule;
  readonly anchor: Anchor;
  readonly at: number;
}

/** Names who found something: of one name, no two things overlap. */
export const nameOf = ({ detector }: CompiledRule, via: readonly string[]): string =>
  via.length === 0 ? detector.id : `${detector.id} ${via.join(' ')}`;

/** Whom those that confirm a hit tell. */
export interface Listener {
  readonly budget: Budget;
  give(found: Found): void;
  /** Something that goes over the end of a line begins at this place of the flow and may go on in the next fragment. */
  open(place: number): void;
}

/** Is there a secret, and does its detector prove it? */
export const isProved = ({ detector }: CompiledRule, secret: string | undefined): boolean =>
  secret !== undefined && detector.accept?.(secret) !== false;
