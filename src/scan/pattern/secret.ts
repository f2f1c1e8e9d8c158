import type { Range } from './anchor.ts';
import type { Node, Pattern } from './node.ts';
import { crossesLines, hullOf, nowhere, plus, sumOf, widthOf } from './width.ts';

/** The group named `secret`; the whole pattern when there is none. */
const secretOf = ({ root }: Pattern): Node => find(root) ?? root;

const find = (node: Node): Node | undefined => {
  switch (node.kind) {
    case 'group':
      return node.name === 'secret' ? node : find(node.part);
    case 'repeat':
      return find(node.part);
    case 'sequence':
      return firstOf(node.parts);
    case 'choice':
      return firstOf(node.options);
    default:
      return undefined;
  }
};
const firstOf = (nodes: readonly Node[]): Node | undefined => {
  for (const node of nodes) {
    const found = find(node);
    if (found) return found;
  }
  return undefined;
};

/** Bytes of a match before its secret. */
export const leadOf = ({ root }: Pattern): Range => lead(root) ?? nowhere;

const lead = (node: Node): Range | undefined => {
  switch (node.kind) {
    case 'group':
      return node.name === 'secret' ? nowhere : lead(node.part);
    case 'repeat':
      return lead(node.part);
    case 'choice': {
      const leads = node.options.map(lead).filter((one) => one !== undefined);
      return leads.length > 0 ? hullOf(leads) : undefined;
    }
    case 'sequence':
      return leadIn(node.parts);
    default:
      return undefined;
  }
};
const leadIn = (parts: readonly Node[]): Range | undefined => {
  const at = parts.findIndex((part) => find(part) !== undefined);
  const within = at < 0 ? undefined : parts[at] && lead(parts[at]);
  return within && plus(sumOf(parts.slice(0, at).map(widthOf)), within);
};

/** Can the secret hold the end of a line? What stands before it may. */
export const secretCrossesLines = (pattern: Pattern): boolean => crossesLines({ ...pattern, root: secretOf(pattern) });
