import type { ByteSet } from './anchor.ts';
import { recognised } from './letters.ts';

/** A place that has no width: the beginning or end of the text, the edge of a word (ASCII), or none. */
export type Place = 'start' | 'end' | 'word' | 'not-word';

/** What a pattern is made of, over bytes. Flags are worked into the sets. */
export type Node =
  | { readonly kind: 'set'; readonly set: ByteSet }
  | { readonly kind: 'sequence'; readonly parts: readonly Node[] }
  | { readonly kind: 'choice'; readonly options: readonly Node[] }
  | {
      readonly kind: 'repeat';
      readonly part: Node;
      readonly least: number;
      /** May be Infinity. */
      readonly most: number;
      readonly lazy: boolean;
    }
  /** A capturing one. */
  | { readonly kind: 'group'; readonly part: Node; readonly number: number; readonly name: string | undefined }
  | { readonly kind: 'place'; readonly place: Place }
  | { readonly kind: 'look'; readonly part: Node; readonly behind: boolean; readonly negative: boolean };

export type Repeat = Extract<Node, { kind: 'repeat' }>;
export type DialectName = 'js' | 're2';

/** A pattern that has been read. */
export interface Pattern {
  readonly source: string;
  readonly dialect: DialectName;
  readonly root: Node;
  /** Name of each capturing group, from the first on; undefined where it has none. */
  readonly groups: readonly (string | undefined)[];
}

export const empty: Node = { kind: 'sequence', parts: [] };

export const setNode = (set: ByteSet): Node => ({ kind: 'set', set: recognised(set) });

export const sequenceOf = (parts: readonly Node[]): Node => {
  const [only] = parts;
  return only && parts.length === 1 ? only : { kind: 'sequence', parts };
};

export const choiceOf = (options: readonly Node[]): Node => {
  const [only] = options;
  return only && options.length === 1 ? only : { kind: 'choice', options };
};

/** The nodes right below. */
export const childrenOf = (node: Node): readonly Node[] => {
  switch (node.kind) {
    case 'sequence':
      return node.parts;
    case 'choice':
      return node.options;
    case 'repeat':
    case 'group':
    case 'look':
      return [node.part];
    default:
      return [];
  }
};

/** The node read from right to left. */
export const reversed = (node: Node): Node => {
  switch (node.kind) {
    case 'sequence':
      return { ...node, parts: node.parts.map(reversed).reverse() };
    case 'choice':
      return { ...node, options: node.options.map(reversed) };
    case 'repeat':
    case 'group':
      return { ...node, part: reversed(node.part) };
    default:
      return node;
  }
};
