import type { Node } from './node.ts';

/** Adds what every match of the node begins with to `head`; is that all there is of the node? */
const take = (node: Node, head: number[]): boolean => {
  switch (node.kind) {
    case 'set': {
      const byte = node.set.indexOf(1);
      if (byte < 0 || node.set.lastIndexOf(1) !== byte) return false;
      head.push(byte);
      return true;
    }
    case 'sequence':
      return node.parts.every((part) => take(part, head));
    case 'group':
      return take(node.part, head);
    // They have no width.
    case 'place':
    case 'look':
      return true;
    default:
      return false;
  }
};

/** The bytes that every match of a pattern begins with, one a character; empty where they vary. */
export const headOf = (root: Node): string => {
  const head: number[] = [];
  take(root, head);
  return String.fromCharCode(...head);
};
