import type { Anchor, ByteSet } from './anchor.ts';
import { includes, word } from './byte-set.ts';
import { checksOf } from './checks.ts';
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
  const edged = edges && beginsWithSecret(root);
  return cover.drafts.map((draft) => ({
    rule,
    sets: draft.sets,
    before: draft.before,
    after: draft.after,
    edge: edged && draft.before.most === 0 && isOfWords(draft.sets[0]),
    checks: checksBeside(draft, statistics),
  }));
};

const checksBeside = ({ left, right, taken }: Draft, statistics: Statistics): Anchor['checks'] => [
  ...checksOf({ side: { items: left, backwards: true }, taken: taken.left, most: 1 }, statistics),
  ...checksOf({ side: { items: right, backwards: false }, taken: taken.right, most: 2 }, statistics),
];

const isOfWords = (set: ByteSet | undefined): boolean => set !== undefined && includes(word, set);

/** Is the first byte of every match the first of the group `secret`? */
const beginsWithSecret = (node: Node): boolean => {
  if (node.kind === 'group') return node.name === 'secret' ? widthOf(node).least > 0 : beginsWithSecret(node.part);
  if (node.kind === 'choice') return node.options.every(beginsWithSecret);
  if (node.kind !== 'sequence') return false;
  const first = node.parts.find((part) => part.kind !== 'look' && part.kind !== 'place');
  return first !== undefined && beginsWithSecret(first);
};
