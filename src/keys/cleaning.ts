import type { IssuedKey } from '../core/keeper.ts';
import { type Bench, hasEnded, intend, later, leaving, look, type Sight, type Try } from './bench.ts';
import { isInSink } from './looking.ts';
import { leftBy, lostOf, type Next, type Rotation } from './rotation.ts';

/** What nobody answered may still be under way, to the issuer or to a sink, for so long. */
export const UNDER_WAY_MS = 60_000;

/** Removes them. Undefined: it is done. */
export const remove = async (
  keys: readonly Pick<IssuedKey, 'id'>[],
  rotation: Rotation,
  bench: Bench,
): Promise<Next | undefined> => {
  for (const { id } of keys) {
    await intend({ ...rotation, newId: id }, 'clean', bench);
    const answer = await bench.calls.revoke({ id, environment: rotation.environment }, bench.issuer);
    if (answer.result === 'unknown') return later(answer);
    if (answer.result === 'refused') return { why: `the issuer refused to delete ${id}` };
  }
  return undefined;
};

/** Was it put somewhere, and never proved? */
export const isUnsettled = ({ placed, provedAt }: Rotation): boolean => placed && provedAt === undefined;
const isDoubtful = (rotation: Rotation): boolean => rotation.ends === 'failed' && isUnsettled(rotation);

/** The last but one step, whatever came before: no key stays that nobody has the text of. */
export const clean: Try = async (rotation, bench) => {
  const { unansweredAt = 0, ends, newId, stepAt, putAt = 0, provedAt } = rotation;
  const leftMs =
    Math.max(unansweredAt, isDoubtful(rotation) ? Math.max(stepAt, putAt) : 0) + UNDER_WAY_MS - bench.clock.now();
  // More is left only where a clock was ahead.
  if (leftMs > 0 && leftMs <= UNDER_WAY_MS) return { restMs: leftMs };
  const seen = await look(rotation, bench, 'owner');
  if (!('keys' in seen)) return seen;
  // Done is what leaves nothing: a list may have been late, and an earlier version left it to this step.
  const isLeft = leaving(rotation, seen).some((key) => !hasEnded(key, rotation, bench));
  if (ends === 'done' && provedAt !== undefined && isLeft) {
    const other = bench.shelf.inTheWay(rotation);
    const fault = other && `${other.id} has its sink now`;
    return fault ? { to: 'restore', change: { fault } } : { to: 'end', change: { isLonger: true } };
  }
  // Where the sink surely does not have the new key nobody can have loaded it.
  const isSurelyOut = isDoubtful(rotation) && (await isInSink(rotation, bench)).isThere === false;
  const placed = rotation.placed && !isSurelyOut;
  const unmade = newId !== undefined && !placed ? [{ id: newId }] : [];
  const unheard = await remove([...unmade, ...lostOf(rotation, seen.keys)], rotation, bench);
  if (unheard) return unheard;
  const fault = ends === 'failed' ? faultOf({ ...rotation, placed }, seen) : rotation.fault;
  return { to: ends, change: { sealed: undefined, placed, fault, ...(!placed && { newId: undefined }) } };
};

/** Why it failed, and all that it leaves. That a new key stays where the old one is gone needs no word. */
const faultOf = (rotation: Rotation, { keys, old }: Sight): string => {
  const { fault = '', newId, provedAt } = rotation;
  const isInstead = provedAt !== undefined && old === undefined;
  const left = leftBy(rotation).filter(({ id }) => keys.some((key) => key.id === id) && !(isInstead && id === newId));
  const unnamed = left.filter(({ id }) => !fault.includes(id));
  return [
    fault,
    ...unnamed.map(({ id, sink }) => `${id} stays${sink ? `, for it is in ${sink}, or may be` : ''}`),
  ].join('; ');
};
