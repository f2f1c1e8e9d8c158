import { type Node, type Pattern, sequenceOf } from '../pattern/node.ts';

const named = (node: Node, number: number): Node => {
  switch (node.kind) {
    case 'group':
      return { ...node, part: named(node.part, number), name: node.number === number ? 'secret' : undefined };
    case 'sequence':
      return { ...node, parts: node.parts.map((part) => named(part, number)) };
    case 'choice':
      return { ...node, options: node.options.map((option) => named(option, number)) };
    case 'repeat':
    case 'look':
      return { ...node, part: named(node.part, number) };
    default:
      return node;
  }
};

/** The pattern with its group of that number, or all of it for 0, named `secret` and no other group named. */
export const withSecret = (pattern: Pattern, number: number): Pattern => {
  if (number === 0) {
    const root: Node = { kind: 'group', part: named(pattern.root, -1), number: 0, name: 'secret' };
    return { ...pattern, root, groups: ['secret', ...pattern.groups.map(() => undefined)] };
  }
  const groups = pattern.groups.map((_, at) => (at + 1 === number ? 'secret' : undefined));
  return { ...pattern, root: named(pattern.root, number), groups };
};

const startsWithGroup = (node: Node | undefined): boolean => {
  if (node?.kind === 'group') return true;
  return node?.kind === 'sequence' && startsWithGroup(node.parts[0]);
};

/**
 * The pattern without a `\b` right before the secret, or undefined if it has none: the scanner judges that edge better
 * (`src/core/boundary.ts`): a key may follow `\n` or `%3D`, whose last character only looks like one of a word.
 */
export const withoutLeftEdge = (pattern: Pattern): Pattern | undefined => {
  const { root, groups } = pattern;
  if (root.kind !== 'sequence') return undefined;
  const [first, ...rest] = root.parts;
  if (first?.kind !== 'place' || first.place !== 'word') return undefined;
  if (groups.length > 1 || (groups.length === 1 && !startsWithGroup(rest[0]))) return undefined;
  return { ...pattern, root: sequenceOf(rest) };
};
