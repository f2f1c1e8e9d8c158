import type { Range } from './anchor.ts';
import type { Node, Pattern } from './node.ts';

export const nowhere: Range = { least: 0, most: 0 };

export const plus = (a: Range, b: Range): Range => ({ least: a.least + b.least, most: a.most + b.most });

export const sumOf = (ranges: readonly Range[]): Range => ranges.reduce(plus, nowhere);

export const hullOf = (ranges: readonly Range[]): Range => ({
  least: Math.min(...ranges.map(({ least }) => least)),
  most: Math.max(...ranges.map(({ most }) => most)),
});

/** Bytes that a match of the node has, at least and at most. */
export const widthOf = (node: Node): Range => {
  switch (node.kind) {
    case 'set':
      return { least: 1, most: 1 };
    case 'sequence':
      return sumOf(node.parts.map(widthOf));
    case 'choice':
      return hullOf(node.options.map(widthOf));
    case 'group':
      return widthOf(node.part);
    case 'repeat': {
      const { least, most } = widthOf(node.part);
      return { least: least * node.least, most: most === 0 || node.most === 0 ? 0 : most * node.most };
    }
    default:
      return nowhere;
  }
};

/** The nodes that take bytes, one below the other; what only looks is left out. */
export const setsOf = function* (node: Node): Generator<Node & { kind: 'set' }> {
  if (node.kind === 'set') yield node;
  else if (node.kind === 'sequence') for (const part of node.parts) yield* setsOf(part);
  else if (node.kind === 'choice') for (const option of node.options) yield* setsOf(option);
  else if (node.kind === 'group') yield* setsOf(node.part);
  else if (node.kind === 'repeat' && node.most > 0) yield* setsOf(node.part);
};

const LINE_FEED = 0x0a;

/** Can a match hold the end of a line? */
export const crossesLines = ({ root }: Pattern): boolean => {
  for (const { set } of setsOf(root)) if (set[LINE_FEED] === 1) return true;
  return false;
};

/** Number of the group named `secret`; 0, the whole match, when there is none. */
export const secretGroupOf = ({ groups }: Pattern): number => groups.indexOf('secret') + 1;
