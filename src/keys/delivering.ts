import type { IssuedKey } from '../core/keeper.ts';
import type { Secret } from '../core/secret.ts';
import type { Sink } from '../core/sink.ts';
import { type Bench, intend, later, look, type Try } from './bench.ts';
import { isInSink, lookInto, reasonOf, strangerIn } from './looking.ts';
import { othersOf, twoInOne } from './making.ts';
import { digestOf, failing, isSameText, type Next, type ProbePlan, type Rotation, textOf } from './rotation.ts';

/** Refusals of a sink, or of a probe, before the rotation is given up. */
const MOST_REFUSALS = 8;

export const refused = (rotation: Rotation, why: string, given: () => Next): Next =>
  rotation.refusals + 1 < MOST_REFUSALS ? { why, isRefusal: true } : given();

/** Puts the new key into its sink, and looks whether it is there. What nobody could use never gets there. */
export const deliver: Try = async (rotation, bench) => {
  const { plan, newId } = rotation;
  const secret = textOf(rotation, bench.seal);
  if (!secret) return failing('its text is gone');
  const seen = await look(rotation, bench);
  if (!('keys' in seen)) return seen;
  const { made } = seen;
  if (!made) return failing('the new key is gone: somebody revoked it');
  // Both may have been made before either could be seen: the first goes on.
  const isFirst = (one: IssuedKey): boolean => `${one.createdAt} ${one.id}` < `${made.createdAt} ${newId}`;
  const other = othersOf(rotation, seen.keys, bench).find(isFirst);
  if (other) return failing(twoInOne(other));
  const early = plan.probe && 'url' in plan.probe ? plan.probe : undefined;
  const fault = rotation.placed ? undefined : await faultOf({ rotation, secret, probe: early }, bench);
  if (typeof fault === 'object') return fault;
  if (fault !== undefined) return refused(rotation, fault, () => failing(fault));
  const sink = bench.sink(plan.sink);
  // Before anything is put there: what cannot even be looked into need not be cleaned up afterwards.
  const found = await lookInto(sink);
  const { closed } = found;
  if (closed !== undefined) return refused(rotation, closed, () => failing(closed));
  const stranger = await strangerIn(rotation, found, bench);
  if (stranger) return stranger;
  const placed = await bench.save({ ...rotation, placed: true, putAt: bench.clock.now(), digest: digestOf(secret) });
  await intend(placed, 'deliver', bench);
  const why = await put(secret, sink);
  if (why === undefined) return { to: 'verify', change: placed };
  const next = refused(rotation, why, () => failing(why));
  // It may be under way for a while from now on.
  return { ...next, change: { ...placed, ...next.change, putAt: bench.clock.now() } };
};

/** Why it is not there; undefined: it is, as far as can be seen. */
const put = async (secret: Secret, sink: Sink): Promise<string | undefined> => {
  try {
    await sink.put(secret);
    if (!sink.get || isSameText(await sink.get(), secret)) return undefined;
    return `${sink.name} took the key and does not have it`;
  } catch (error) {
    return reasonOf(error);
  }
};

interface Proving {
  readonly rotation: Rotation;
  readonly secret: Secret;
  readonly probe: ProbePlan | undefined;
}

/** What speaks against the new key: the issuer does not know it, or it cannot be used. Undefined: nothing does. */
export const faultOf = async (
  { rotation, secret, probe }: Proving,
  bench: Bench,
): Promise<string | Next | undefined> => {
  const verdict = await bench.calls.validate(secret, bench.issuer);
  if (verdict.validity === 'unknown') return later(verdict);
  const isIt = verdict.validity === 'live' && verdict.handle.id === rotation.newId;
  return isIt ? probe && bench.probe(probe, secret) : 'the issuer does not know the new key';
};

/** Proves the new key: the issuer says that it is live, and it is used, where the settings say how. */
export const verify: Try = async (rotation, bench) => {
  const secret = textOf(rotation, bench.seal);
  if (!secret) return failing('its text is gone');
  await intend(rotation, 'verify', bench);
  const fault = await faultOf({ rotation, secret, probe: rotation.plan.probe }, bench);
  if (typeof fault === 'object') return fault;
  if (fault !== undefined) return refused(rotation, fault, () => failing(`${fault}; the old key lives on`));
  const digest = digestOf(secret);
  const { isThere } = await isInSink({ ...rotation, digest }, bench);
  const lost = `${rotation.plan.sink} does not have the new key any more`;
  if (isThere === false) return refused(rotation, lost, () => failing(lost));
  const change = { sealed: undefined, digest, provedAt: bench.clock.now() };
  const isAlone = rotation.cause === 'leak' && rotation.before.length === 0;
  return { to: isAlone ? 'clean' : 'end', change };
};
