import type { Node } from '../../src/scan/pattern/node.ts';

type Go = (at: number) => boolean;

/** Steps that an engine takes which tries one way after the other, until it has tried all; `limit` ends it. */
export const stepsOf = (root: Node, text: string, limit: number): number => {
  let steps = 0;

  const go = (node: Node, at: number, then: Go): boolean => {
    steps += 1;
    if (steps > limit) return true;
    switch (node.kind) {
      case 'set':
        return node.set[text.charCodeAt(at)] === 1 && then(at + 1);
      case 'group':
        return go(node.part, at, then);
      case 'sequence': {
        const next =
          (index: number): Go =>
          (from) => {
            const part = node.parts[index];
            return part ? go(part, from, next(index + 1)) : then(from);
          };
        return next(0)(at);
      }
      case 'choice':
        return node.options.some((option) => go(option, at, then));
      case 'repeat': {
        const again =
          (count: number): Go =>
          (from) => {
            const more = () => count < node.most && go(node.part, from, (end) => end > from && again(count + 1)(end));
            if (count < node.least) return more();
            return node.lazy ? then(from) || more() : more() || then(from);
          };
        return again(0)(at);
      }
      default:
        return then(at);
    }
  };

  // It never is content with a match, so it tries every way.
  go(root, 0, () => false);
  return steps;
};
