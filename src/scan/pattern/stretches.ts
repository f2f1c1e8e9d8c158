import type { ByteSet, Range } from './anchor.ts';
import { none, sameSet, union } from './byte-set.ts';
import { isLetter } from './letters.ts';
import type { Side } from './neighbours.ts';
import type { Node } from './node.ts';
import { plus, widthOf } from './width.ts';

/** Bytes of one set, so many at least and at most. */
export interface Stretch extends Range {
  readonly set: ByteSet;
  /** It is a word, and its set the letters of it. */
  readonly isWord: boolean;
}

/** Stretches that go on as one. */
interface Open extends Range {
  readonly sets: ByteSet[];
  readonly isWord: boolean;
}

/** A side as stretches, nearest first: what is not one set over and over is one of all the bytes it may hold. */
export const stretchesOf = function* ({ items, backwards }: Side): Generator<Stretch> {
  let open: Open | undefined;
  for (const item of items) {
    for (const stretch of stretches(item, backwards)) {
      if (open && goesOn(open, stretch)) {
        if (open.isWord) open.sets.push(stretch.set);
        open = { ...open, ...plus(open, stretch) };
        continue;
      }
      if (open) yield closed(open);
      open = { ...stretch, sets: [stretch.set] };
    }
  }
  if (open) yield closed(open);
};

const goesOn = ({ isWord, sets }: Open, stretch: Stretch): boolean =>
  isWord ? stretch.isWord : !stretch.isWord && sameSet(sets[0] ?? none, stretch.set);

const closed = ({ sets, isWord, least, most }: Open): Stretch => ({ set: union(sets), isWord, least, most });

const stretches = (node: Node, backwards: boolean): readonly Stretch[] => {
  if (node.kind === 'group') return stretches(node.part, backwards);
  if (node.kind === 'sequence') {
    const parts = backwards ? node.parts.toReversed() : node.parts;
    return parts.flatMap((part) => stretches(part, backwards));
  }
  const width = widthOf(node);
  if (width.most === 0) return [];
  const set = alphabetOf(node);
  return [{ set, ...width, isWord: isLetter(set) }];
};

/** Every byte that a match of the node may hold. */
const alphabetOf = (node: Node): ByteSet => {
  switch (node.kind) {
    case 'set':
      return node.set;
    case 'group':
      return alphabetOf(node.part);
    case 'repeat':
      return node.most === 0 ? none : alphabetOf(node.part);
    case 'sequence':
      return union(node.parts.map(alphabetOf));
    case 'choice':
      return union(node.options.map(alphabetOf));
    default:
      return none;
  }
};
