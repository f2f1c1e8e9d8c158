import type { Node, Pattern, Repeat } from './node.ts';
import { setSource } from './set-source.ts';

/** Where the text that is looked at was cut: there is neither its beginning nor its end. */
export interface Cuts {
  readonly cutStart?: boolean;
  readonly cutEnd?: boolean;
}

const NEVER = '(?!)';

/**
 * The pattern as the source of a RegExp for strings of one byte a character. It needs no flag but g or y, and its groups
 * have their numbers. At a cut, `^` or `$` never match.
 */
export const toJs = ({ root }: Pattern, cuts: Cuts = {}): string => sourceOf(root, cuts);

const sourceOf = (node: Node, cuts: Cuts): string => {
  switch (node.kind) {
    case 'set':
      return setSource(node.set);
    case 'sequence':
      return node.parts.map((part) => partSource(part, cuts)).join('');
    case 'choice':
      return node.options.map((option) => sourceOf(option, cuts)).join('|');
    case 'repeat':
      return repeatSource(node, cuts);
    case 'group':
      return `(${nameSource(node.name)}${sourceOf(node.part, cuts)})`;
    case 'place':
      return placeSource(node, cuts);
    case 'look':
      return `(?${node.behind ? '<' : ''}${node.negative ? '!' : '='}${sourceOf(node.part, cuts)})`;
  }
};

const partSource = (part: Node, cuts: Cuts): string => {
  const source = sourceOf(part, cuts);
  return part.kind === 'choice' ? `(?:${source})` : source;
};

/** RE2 allows names that JavaScript does not. */
const nameSource = (name: string | undefined): string =>
  name !== undefined && /^[A-Za-z_$]/.test(name) ? `?<${name}>` : '';

const repeatSource = (node: Repeat, cuts: Cuts): string => {
  const inner = sourceOf(node.part, cuts);
  const isAtom = node.part.kind === 'set' || node.part.kind === 'group';
  return `${isAtom ? inner : `(?:${inner})`}${countSource(node)}${node.lazy ? '?' : ''}`;
};

const countSource = ({ least, most }: Repeat): string => {
  if (least === 0 && most === 1) return '?';
  if (most === Number.POSITIVE_INFINITY) return least === 0 ? '*' : least === 1 ? '+' : `{${least},}`;
  return least === most ? `{${least}}` : `{${least},${most}}`;
};

const placeSource = ({ place }: Node & { kind: 'place' }, { cutStart, cutEnd }: Cuts): string => {
  if (place === 'word') return '\\b';
  if (place === 'not-word') return '\\B';
  if (place === 'start') return cutStart ? NEVER : '^';
  return cutEnd ? NEVER : '$';
};
