import type { Anchor, ByteSet, Check } from './anchor.ts';
import { includes, word } from './byte-set.ts';
import { type Ask, checksOf } from './checks.ts';
import { cheapestCover, type Draft } from './cover.ts';
import type { Node, Pattern } from './node.ts';
import type { Statistics } from './statistics.ts';
import { UnusablePattern } from './unusable.ts';
import { widthOf } from './width.ts';

/** What a pattern's anchors are chosen by, and told to be of. */
export interface Choosing {
  /** Index of the rule among those that are compiled together. */
  readonly rule: number;
  readonly statistics: Statistics;
  /** The scanner judges the left edge of this rule's keys. */
  readonly edges?: boolean;
}

/** Short texts of which every match has one: those that cost the least. Throws an `UnusablePattern` when it has none. */
export const anchorsOf = ({ root }: Pattern, { rule, statistics, edges = false }: Choosing): readonly Anchor[] => {
  const cover = cheapestCover(root, statistics);
  if (!cover) throw new UnusablePattern('no text of two letters or more must stand in every match');
  const checksBeside = createChecks(statistics);
  const edged = edges && beginsWithSecret(root);
  return cover.drafts.map((draft) => ({
    rule,
    sets: draft.sets,
    before: draft.before,
    after: draft.after,
    edge: edged && draft.before.most === 0 && isOfWords(draft.sets[0]),
    checks: checksBeside(draft),
  }));
};

/** Gives the checks of a draft. Most drafts of a cover stand between the same neighbours. */
const createChecks = (statistics: Statistics): ((draft: Draft) => Anchor['checks']) => {
  const known = new Map<readonly Node[], Map<number, readonly Check[]>>();
  const beside = (ask: Ask): readonly Check[] => {
    const ofSide = known.get(ask.side.items) ?? new Map<number, readonly Check[]>();
    known.set(ask.side.items, ofSide);
    const found = ofSide.get(ask.taken) ?? checksOf(ask, statistics);
    ofSide.set(ask.taken, found);
    return found;
  };
  return ({ left, right, taken }) => [
    ...beside({ side: { items: left, backwards: true }, taken: taken.left, most: 1 }),
    ...beside({ side: { items: right, backwards: false }, taken: taken.right, most: 2 }),
  ];
};

const isOfWords = (set: ByteSet | undefined): boolean => set !== undefined && includes(word, set);

/** Is the first byte of every match the first of the group `secret`? */
const beginsWithSecret = (node: Node): boolean => {
  if (node.kind === 'group') return node.name === 'secret' ? widthOf(node).least > 0 : beginsWithSecret(node.part);
  if (node.kind === 'choice') return node.options.every(beginsWithSecret);
  if (node.kind !== 'sequence') return false;
  const first = node.parts.find((part) => part.kind !== 'look' && part.kind !== 'place');
  return first !== undefined && beginsWithSecret(first);
};
