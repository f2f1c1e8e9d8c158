import type { IssuedKey } from '../core/keeper.ts';
import { aboutOf, type Bench, hasEnded, intend, issuersNow, later, look, type Sight, type Try } from './bench.ts';
import { faultOf, refused } from './delivering.ts';
import { isHeld, isInSink } from './looking.ts';
import { failing, type Next, type Outgoing, outgoingOf, type Rotation } from './rotation.ts';

const HOUR_MS = 3_600_000;
/** An old key is looked at so often, and for the last time so long before it ends. */
const LOOKS = 20;
const LONGEST_REST_MS = HOUR_MS / 4;
const LEAST_REST_MS = 1_000;

const OVER: Next = { to: 'clean' };
const FOREVER = Number.POSITIVE_INFINITY;

/** It does not go on: what was to end does not. */
const back = (fault: string): Next => ({ to: 'restore', change: { fault } });

/** Those that are to end and are still there: the old key, and what was delivered before. */
const leaving = (rotation: Rotation, { keys }: Sight): readonly IssuedKey[] => {
  const ids = outgoingOf(rotation).map(({ id }) => id);
  return keys.filter(({ id }) => ids.includes(id));
};

/** What follows when the new one is gone, or all others. The old one must not end without the new one. */
const lossOf = (rotation: Rotation, seen: Sight, bench: Bench): Next | undefined => {
  const { isOwnerGone, made } = seen;
  if (isOwnerGone) return back('its owner is gone');
  if (!made) return back('the new key is gone: somebody revoked it');
  if (hasEnded(made, rotation, bench)) return back('the new key has ended');
  return leaving(rotation, seen).length > 0 ? undefined : OVER;
};

/** Says of which key it is: of the old one, or of one that was delivered before. */
const of = (rotation: Rotation, { id }: Pick<Outgoing, 'id'>): Rotation =>
  id === rotation.old.id ? rotation : { ...rotation, old: { ...rotation.old, id } };

const nameIn = ({ old }: Rotation, { id }: Pick<Outgoing, 'id'>): string => (id === old.id ? 'the old key' : id);

/** Lets all that is to go end by itself when the grace is over. Gives when the last of it will; undefined: all has. */
const endAll = async (rotation: Rotation, bench: Bench): Promise<{ endsAt: number | undefined } | Next> => {
  const ends: number[] = [];
  for (const key of outgoingOf(rotation)) {
    if (await isHeld(key, bench)) continue;
    const at = Math.min(issuersNow(rotation, bench) + rotation.plan.graceMs, key.expiresAt ?? FOREVER);
    await intend(of(rotation, key), 'end', bench);
    const answer = await bench.maker.endAt(bench.issuer, key.id, at);
    if ('got' in answer) ends.push(answer.got.endsAt ?? at);
    else if (answer.reason === 'missing') {
      const seen = await look(rotation, bench);
      if (!('keys' in seen)) return seen;
      const isThere = leaving(rotation, seen).some(({ id }) => id === key.id);
      if (isThere) return { why: `the issuer lists ${nameIn(rotation, key)}, and says that there is none` };
    } else if (answer.reason !== 'ended') return later(answer);
  }
  return { endsAt: ends.length > 0 ? Math.max(...ends) : undefined };
};

/** Lets the old key end by itself when the grace is over, whatever becomes of us. What has ended already is only removed. */
export const end: Try = async (rotation, bench) => {
  if (rotation.plan.graceMs === 0) return { to: 'delete' };
  const all = await endAll(rotation, bench);
  if (!('endsAt' in all)) return all;
  return all.endsAt === undefined ? { to: 'delete' } : { to: 'watch', change: { endsAt: all.endsAt } };
};

/** May the old key live on for one grace more? */
const isAllowed = ({ plan, provedAt = 0 }: Rotation, { clock }: Bench): boolean =>
  clock.now() + plan.graceMs <= provedAt + plan.mostMs;

/**
 * Waits until the grace is over. Who still uses the old key then gets more time, as long as the plan allows; when nobody
 * does, it is deleted.
 */
export const watch: Try = async (rotation, bench) => {
  const { plan, endsAt = 0, provedAt = 0 } = rotation;
  const seen = await look(rotation, bench);
  if (!('keys' in seen)) return seen;
  const loss = lossOf(rotation, seen, bench);
  if (loss) return loss;
  const rest = Math.min(Math.max(plan.graceMs / LOOKS, LEAST_REST_MS), LONGEST_REST_MS);
  // Before it ends by itself: an extension must come in time.
  const leftMs = endsAt - issuersNow(rotation, bench) - 2 * rest;
  if (leftMs > 0) return { restMs: Math.min(rest, leftMs) };
  const since = Math.max(endsAt - plan.graceMs, provedAt + rotation.aheadMs);
  const used = leaving(rotation, seen).filter(({ lastUsedAt = 0 }) => lastUsedAt > since);
  for (const key of used)
    await bench.record({ type: 'rotation.in-use', lastUsedAt: key.lastUsedAt ?? 0, ...aboutOf(of(rotation, key)) });
  const canLast = outgoingOf(rotation).some(
    ({ id, expiresAt = FOREVER }) =>
      expiresAt > endsAt && used.some((key) => key.id === id && !hasEnded(key, rotation, bench)),
  );
  return { to: canLast && isAllowed(rotation, bench) ? 'end' : 'delete' };
};

/** What speaks against the deletion: the new key does not stand where it was put, or cannot be used. */
const doubtOf = async (rotation: Rotation, bench: Bench): Promise<Next | undefined> => {
  const { plan } = rotation;
  const { closed, isThere, text } = await isInSink(rotation, bench);
  if (closed !== undefined) return unsure(rotation, closed, bench);
  if (isThere === false) return back(`${plan.sink} does not have the new key any more`);
  const fault = isThere && text ? await faultOf({ rotation, secret: text, probe: plan.probe }, bench) : undefined;
  return typeof fault === 'string' ? unsure(rotation, fault, bench) : fault;
};

/** Later it may be known: until then the old key lives on, as long as the plan allows. */
const unsure = async (rotation: Rotation, why: string, bench: Bench): Promise<Next> => {
  const next: Next = isAllowed(rotation, bench) ? { why } : refused(rotation, why, () => back(why));
  if ('to' in next || rotation.endsAt === undefined) return next;
  const all = await endAll(rotation, bench);
  return 'endsAt' in all ? { ...next, change: { endsAt: all.endsAt ?? rotation.endsAt } } : all;
};

/** Deletes the old key: its replacement is proved and still there. What a sink still holds stays, and that is told. */
export const remove: Try = async (rotation, bench) => {
  const before = await look(rotation, bench);
  if (!('keys' in before)) return before;
  const stop = lossOf(rotation, before, bench) ?? (await doubtOf(rotation, bench));
  if (stop) return stop;
  const held: Outgoing[] = [];
  for (const key of outgoingOf(rotation)) {
    if (!before.keys.some(({ id }) => id === key.id)) continue;
    if (await isHeld(key, bench)) {
      held.push(key);
      continue;
    }
    await intend(of(rotation, key), 'delete', bench);
    const answer = await bench.calls.revoke({ id: key.id, environment: rotation.environment }, bench.issuer);
    if (answer.result === 'unknown') return later(answer);
    if (answer.result === 'refused') return back(`the issuer refused to delete ${nameIn(rotation, key)}`);
  }
  // A 204 is a promise: only when it is not listed any more it is gone.
  const after = await look(rotation, bench, 'owner');
  if (!('keys' in after)) return after;
  const still = leaving(rotation, after).find(({ id }) => !held.some((key) => key.id === id));
  if (still) return { why: `${nameIn(rotation, still)} is still listed` };
  return held.length === 0
    ? OVER
    : back(held.map(({ id, sink }) => `${id} stays, for it is in ${sink}, or may be`).join('; '));
};

/** What was to end does not after all: it lives as long as it would have. After a leak another key is made then. */
export const restore: Try = async (rotation, bench) => {
  const { endsAt, fault, cause, who, plan } = rotation;
  for (const key of endsAt === undefined ? [] : outgoingOf(rotation)) {
    await intend(of(rotation, key), 'restore', bench);
    const answer = await bench.maker.endAt(bench.issuer, key.id, key.expiresAt);
    if (!('got' in answer) && answer.reason !== 'missing' && answer.reason !== 'ended') return later(answer);
  }
  if (fault !== undefined) return failing(fault);
  await bench.record({ type: 'rotation.begun', cause, who, sink: plan.sink, ...aboutOf(rotation) });
  return { to: 'create', change: { endsAt: undefined } };
};

/** Somebody does not want it any more. */
export const cancelled = (rotation: Rotation, who: string): Partial<Rotation> => ({
  ...{ step: rotation.endsAt === undefined ? 'clean' : 'restore', ends: 'failed', fault: `cancelled by ${who}` },
  ...{ tries: 0, dueAt: 0 },
});
