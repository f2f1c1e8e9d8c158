import type { Anchor, ByteSet } from './pattern/anchor.ts';
import type { Node } from './pattern/node.ts';
import type { Rule } from './rule.ts';
import type { Span } from './sheet.ts';
import { createTold } from './told.ts';

/** So many bytes of one set on end: every match holds them. */
interface Run {
  readonly set: ByteSet;
  readonly count: number;
}

/** Less is found everywhere. */
const LEAST = 8;

/** The longest run that no match can be without; undefined where there is none of use. What stands in a choice may be missing. */
export const runOf = (node: Node): Run | undefined => {
  switch (node.kind) {
    case 'group':
      return runOf(node.part);
    case 'repeat':
      return node.part.kind === 'set' && node.least >= LEAST ? { set: node.part.set, count: node.least } : undefined;
    case 'sequence':
      return node.parts
        .flatMap((part) => runOf(part) ?? [])
        .reduce<Run | undefined>((longest, run) => (longest && longest.count >= run.count ? longest : run), undefined);
    default:
      return undefined;
  }
};

/** Where no run is known to stand: wholly within `from`–`to` of a text. */
interface Barren {
  readonly span: Span;
  readonly from: number;
  readonly to: number;
}

/**
 * Tells where a rule need not be tried: no run as its matches need stands near. The name of a key can stand in every line
 * (`aws` in what describes a cloud); each byte is looked at about once, however often.
 */
export const createRuns = (rules: readonly Pick<Rule, 'pattern'>[]) => {
  const runNeededBy = createTold(rules, ({ pattern }) => runOf(pattern().root));
  const barren = new Array<Barren | undefined>(rules.length).fill(undefined);
  return {
    /** Other bytes stand in the window now. */
    begin(): void {
      barren.fill(undefined);
    },
    /** May a match stand round the anchor? */
    near({ rule, before, after, sets }: Anchor, at: number, span: Span): boolean {
      const run = runNeededBy(rule);
      const { start, end, bytes } = span.text;
      const last = at + sets.length + after.most;
      if (run === null || last >= end) return true;
      const first = Math.max(start, at - before.most);
      const known = barren[rule];
      const goesOn = known?.span === span && first >= known.from && first <= known.to;
      if (goesOn && last <= known.to) return false;
      let count = 0;
      for (let place = goesOn ? Math.max(first, known.to - run.count + 1) : first; place < last; place += 1) {
        count = run.set[bytes[place] ?? 0] === 1 ? count + 1 : 0;
        if (count < run.count) continue;
        barren[rule] = { span, from: goesOn ? known.from : first, to: place };
        return true;
      }
      barren[rule] = { span, from: goesOn ? known.from : first, to: last };
      return false;
    },
  };
};
