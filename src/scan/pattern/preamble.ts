import { childrenOf, empty, type Node, type Pattern, sequenceOf } from './node.ts';

/**
 * The pattern without a lazy, optional beginning such as `[\w.-]{0,50}?`, which many published rules have: it only moves
 * where a match begins, never whether there is one or what its groups hold, and costs most of a rule's time.
 */
export const withoutPreamble = (pattern: Pattern): Pattern => ({ ...pattern, root: shorter(pattern.root) });

const shorter = (node: Node): Node => {
  if (node.kind === 'choice') return { ...node, options: node.options.map(shorter) };
  if (node.kind !== 'sequence') return isPreamble(node) ? empty : node;
  const [first, ...rest] = node.parts;
  if (!first) return node;
  if (isPreamble(first)) return shorter(sequenceOf(rest));
  // A group without a number, written for its flags, may begin with another.
  return first.kind === 'sequence' ? sequenceOf([shorter(first), ...rest]) : node;
};

const isPreamble = (node: Node): boolean =>
  node.kind === 'repeat' && node.least === 0 && node.lazy && !holdsGroup(node.part);

const holdsGroup = (node: Node): boolean => node.kind === 'group' || childrenOf(node).some(holdsGroup);
