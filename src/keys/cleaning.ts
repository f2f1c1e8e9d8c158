import type { IssuedKey } from '../core/keeper.ts';
import { type Bench, intend, issuersNow, later, look, type Try } from './bench.ts';
import { isSameText, madeBy, type Next, type Rotation, textOf } from './rotation.ts';

/** What nobody answered may still be under way, to the issuer or to a sink, for so long. */
const UNDER_WAY_MS = 60_000;

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

/** What a failed rotation delivered ends a grace after another is in its place. */
export const endBefore = async (rotation: Rotation, bench: Bench): Promise<Next | undefined> => {
  const { before, plan } = rotation;
  if (plan.graceMs === 0)
    return remove(
      before.map((id) => ({ id })),
      rotation,
      bench,
    );
  for (const id of before) {
    await intend({ ...rotation, newId: id }, 'end', bench);
    const answer = await bench.maker.endAt(bench.issuer, id, issuersNow(rotation, bench) + plan.graceMs);
    if (!('got' in answer) && answer.reason !== 'missing') return later(answer);
  }
  return undefined;
};

/** Where the sink surely does not have the new key nobody can have loaded it. */
const isSurelyOut = async (rotation: Rotation, bench: Bench): Promise<boolean> => {
  const secret = textOf(rotation, bench.seal);
  const sink = bench.sink(rotation.plan.sink);
  if (!secret || !sink.get) return false;
  return sink.get().then(
    (text) => !isSameText(text, secret),
    () => false,
  );
};

/** The last but one step, whatever came before: no key stays that nobody has the text of. */
export const clean: Try = async (rotation, bench) => {
  const { unansweredAt = 0, ends, newId, cause, stepAt, plan } = rotation;
  const isDoubtful = ends === 'failed' && rotation.placed && rotation.sealed !== undefined;
  const leftMs = Math.max(unansweredAt, isDoubtful ? stepAt : 0) + UNDER_WAY_MS - bench.clock.now();
  if (leftMs > 0) return { restMs: leftMs };
  const seen = await look(rotation, bench, 'owner');
  if (!('keys' in seen)) return seen;
  const placed = rotation.placed && !(isDoubtful && (await isSurelyOut(rotation, bench)));
  const unmade = newId !== undefined && !placed ? [{ id: newId }] : [];
  const lost = madeBy(rotation, seen.keys).filter(({ id }) => id !== newId);
  const unheard =
    (await remove([...unmade, ...lost], rotation, bench)) ??
    (cause === 'leak' && ends === 'done' ? await endBefore(rotation, bench) : undefined);
  if (unheard) return unheard;
  const left = placed && ends === 'failed' && seen.made ? `; ${newId} stays, for it is in ${plan.sink}, or may be` : '';
  const fault = rotation.fault === undefined ? undefined : rotation.fault + left;
  return { to: ends, change: { sealed: undefined, placed, fault, ...(!placed && { newId: undefined }) } };
};
