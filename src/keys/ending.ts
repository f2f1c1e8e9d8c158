import {
  aboutOf,
  type Bench,
  hasEnded,
  intend,
  issuersNow,
  later,
  leaving,
  look,
  type Sight,
  type Try,
} from './bench.ts';
import { faultOf, refused } from './delivering.ts';
import { isHeld, isInSink } from './looking.ts';
import { failing, leftBy, type Next, type Outgoing, outgoingOf, type Rotation } from './rotation.ts';

const HOUR_MS = 3_600_000;
/** An old key is looked at so often, and for the last time so long before it ends. */
const LOOKS = 20;
const LONGEST_REST_MS = HOUR_MS / 4;
const LEAST_REST_MS = 1_000;

const OVER: Next = { to: 'clean' };
const FOREVER = Number.POSITIVE_INFINITY;

/** It does not go on: what was to end does not. */
const back = (fault: string): Next => ({ to: 'restore', change: { fault } });

/** What follows when the new one is gone. The old one must not end without it. */
const lossOf = (rotation: Rotation, seen: Sight, bench: Bench): Next | undefined => {
  const { isOwnerGone, made } = seen;
  if (isOwnerGone) return back('its owner is gone');
  if (!made) return back('the new key is gone: somebody revoked it');
  if (hasEnded(made, rotation, bench)) return back('the new key has ended');
  return undefined;
};

/** The sink has something else. After a leak nobody has a live key then: another is made, once. */
const lostIn = (rotation: Rotation, seen: Sight): Next => {
  const { plan, cause, isAgain } = rotation;
  if (cause !== 'leak' || isAgain || leaving(rotation, seen).length > 0)
    return back(`${plan.sink} does not have the new key any more`);
  const none = { newId: undefined, newExpiresAt: undefined, digest: undefined, provedAt: undefined, endsAt: undefined };
  return { to: 'create', change: { ...none, before: leftBy(rotation), placed: false, isAgain: true } };
};

/** Says of which key it is: of the old one, or of one that was delivered before. */
const of = (rotation: Rotation, { id }: Pick<Outgoing, 'id'>): Rotation =>
  id === rotation.old.id ? rotation : { ...rotation, old: { ...rotation.old, id } };

const nameIn = ({ old }: Rotation, { id }: Pick<Outgoing, 'id'>): string => (id === old.id ? 'the old key' : id);

/** Before we set an end: one that a person has set meanwhile counts as its own. */
const asListed = (rotation: Rotation, { keys }: Sight): Rotation => {
  const listed = <K extends Outgoing>(one: K): K => {
    const key = keys.find(({ id }) => id === one.id);
    const at = Math.min(one.expiresAt ?? FOREVER, key?.expiresAt ?? FOREVER);
    return key ? { ...one, expiresAt: at === FOREVER ? undefined : at, isEndUnknown: undefined } : one;
  };
  const { old, before, endsAt } = rotation;
  return endsAt === undefined ? { ...rotation, old: listed(old), before: before.map(listed) } : rotation;
};

/**
 * Lets all that is to go end by itself when the grace is over, and what a sink hands out again end as it would have. Gives
 * when the last of it will; undefined: all has.
 */
const endAll = async (before: Rotation, bench: Bench): Promise<{ endsAt: number | undefined } | Next> => {
  const endsAt = issuersNow(before, bench) + before.plan.graceMs;
  // Whether or not an answer comes: what may be set must be known, to be undone.
  const rotation = await bench.save({ ...before, endsAt });
  const ends: number[] = [];
  for (const key of outgoingOf(rotation)) {
    const isKept = await isHeld(key, bench);
    if (isKept) ends.push(endsAt);
    if (isKept && key.isEndUnknown) continue;
    const at = isKept ? key.expiresAt : Math.min(endsAt, key.expiresAt ?? FOREVER);
    await intend(of(rotation, key), isKept ? 'restore' : 'end', bench);
    const answer = await bench.maker.endAt(bench.issuer, key.id, at);
    if ('got' in answer) ends.push(Math.min(answer.got.endsAt ?? endsAt, endsAt));
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
  const seen = await look(rotation, bench);
  if (!('keys' in seen)) return seen;
  const all = await endAll(asListed(rotation, seen), bench);
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
  if (leaving(rotation, seen).length === 0) return { to: 'delete' };
  // Not only when the grace is over: nobody may be there then.
  if ((await isInSink(rotation, bench)).isThere === false) return lostIn(rotation, seen);
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
  return canLast && isAllowed(rotation, bench) ? { to: 'end', change: { isLonger: true } } : { to: 'delete' };
};

/** What speaks against the deletion: the new key does not stand where it was put, or cannot be used. */
const doubtOf = async (rotation: Rotation, seen: Sight, bench: Bench): Promise<Next | undefined> => {
  const { plan } = rotation;
  const { closed, isThere, text } = await isInSink(rotation, bench);
  if (closed !== undefined) return unsure(rotation, closed, bench);
  if (isThere === false) return lostIn(rotation, seen);
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
  const stop = lossOf(rotation, before, bench) ?? (await doubtOf(rotation, before, bench));
  if (stop) return stop;
  const held: Outgoing[] = [];
  for (const key of outgoingOf(rotation)) {
    if (await isHeld(key, bench)) {
      if (before.keys.some(({ id }) => id === key.id)) held.push(key);
      continue;
    }
    // Also what is not listed: a list may be late.
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
    if (key.isEndUnknown) continue;
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
