import { meets, none, union } from './byte-set.ts';
import { childrenOf, type Node, type Repeat } from './node.ts';
import { BEYOND, END, periodOf, type Rest } from './rest.ts';
import { widthOf } from './width.ts';

/** Gives what is left to do from before a node on. */
type Before = (node: Node, rest: Rest) => Rest;

/** Copies of a part that are looked at one by one. */
const MOST_COPIES = 6;

/** Ways that are tried in turn. */
export const afterChoice = (ways: readonly Rest[]): Rest => {
  const apart = ways.every((way, at) => !way.empty && ways.slice(0, at).every(({ first }) => !meets(first, way.first)));
  const idle = ways.reduce((sum, way) => sum + way.idle, 0);
  const steps = ways.map((way) => way.steps);
  return {
    first: union([none, ...ways.map(({ first }) => first)]),
    word: [],
    empty: ways.some(({ empty }) => empty),
    steps: apart ? Math.max(...steps) + idle : steps.reduce((sum, one) => sum + one, 0),
    loops: Math.max(...ways.map(({ loops }) => loops)),
    idle,
    idleLoops: Math.max(...ways.map(({ idleLoops }) => idleLoops)),
    decided: apart && ways.every(({ decided }) => decided),
  };
};

/** A part again and again, and then the rest. */
export const afterRepeat = (node: Repeat, rest: Rest, before: Before): Rest => {
  const { part, most } = node;
  if (most === 0) return rest;
  const alone = before(part, END);
  if (alone.empty) return BEYOND;
  const copies = most <= MOST_COPIES ? copied(node, rest, before) : BEYOND;
  // One way only to go through the loop: each place is come to once.
  const loop = before(part, { ...END, first: alone.first, empty: false });
  if (!loop.decided) return copies;
  const through = before(part, { ...rest, first: union([alone.first, rest.first]), decided: true });
  const once = looped(node, { loop, rest, through });
  return copies.steps <= once.steps ? copies : once;
};

/** What is known of a loop: by itself, what comes after it, and itself with that after it. */
interface Loop {
  readonly loop: Rest;
  readonly through: Rest;
  readonly rest: Rest;
}

const looped = (node: Repeat, { loop, through, rest }: Loop): Rest => {
  const { part, least, most } = node;
  const width = widthOf(part);
  const isFixed = least === most && width.least === width.most;
  const apart = isFixed || (!rest.empty && !meets(loop.first, rest.first) && through.decided);
  const endless = most * width.most === Number.POSITIVE_INFINITY;
  const ends = isFixed ? 0 : 1 + (endless ? 1 : most * width.most - least * width.least);
  // How often more than the first word of the rest is tried.
  const earnest = apart ? 1 : Math.ceil(ends / periodOf(rest.word));
  const tries = ends * (rest.idle + (apart ? 0 : rest.word.length));
  const again = Math.max(looksFar(part) ? 1 : 0, apart ? rest.idleLoops : rest.loops);
  return {
    ...(least > 0 ? loop : afterChoice([loop, rest])),
    word: [],
    steps: loop.steps * (most === Number.POSITIVE_INFINITY ? 1 : most) + tries + earnest * rest.steps,
    loops: Math.max(endless ? 1 + again : 0, loop.loops, rest.loops),
    empty: least === 0 && rest.empty,
    decided: apart && rest.decided,
  };
};

/** Does something look around for as far as the text goes? It does so each time. */
const looksFar = (node: Node): boolean =>
  (node.kind === 'look' && widthOf(node.part).most === Number.POSITIVE_INFINITY) || childrenOf(node).some(looksFar);

/** Copy by copy: after those that must be, each is there or the rest comes. */
const copied = ({ part, least, most }: Repeat, rest: Rest, before: Before): Rest => {
  let all = rest;
  for (let n = least; n < most; n += 1) all = afterChoice([before(part, all), rest]);
  for (let n = 0; n < least; n += 1) all = before(part, all);
  return all;
};
