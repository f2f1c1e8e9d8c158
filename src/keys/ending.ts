import { aboutOf, intend, issuersNow, later, look, type Sight, type Try } from './bench.ts';
import { endBefore } from './cleaning.ts';
import { failing, type Next, type Rotation } from './rotation.ts';

const HOUR_MS = 3_600_000;
/** An old key is looked at so often, and for the last time so long before it ends. */
const LOOKS = 20;
const LONGEST_REST_MS = HOUR_MS / 4;
const LEAST_REST_MS = 1_000;

const OVER: Next = { to: 'clean' };
const FOREVER = Number.POSITIVE_INFINITY;

/** What follows when one of both is gone. The old one must not end without the new one. */
const lossOf = ({ isOwnerGone, old, made }: Sight): Next | undefined => {
  if (isOwnerGone) return { to: 'restore', change: { fault: 'its owner is gone' } };
  if (!made) return { to: 'restore', change: { fault: 'the new key is gone: somebody revoked it' } };
  return old ? undefined : OVER;
};

/** Lets the old key end by itself when the grace is over, whatever becomes of us. */
export const end: Try = async (rotation, bench) => {
  const { old, plan } = rotation;
  const unheard = rotation.endsAt === undefined ? await endBefore(rotation, bench) : undefined;
  if (unheard) return unheard;
  if (plan.graceMs === 0) return { to: 'delete' };
  const at = Math.min(issuersNow(rotation, bench) + plan.graceMs, old.expiresAt ?? FOREVER);
  await intend(rotation, 'end', bench);
  const answer = await bench.maker.endAt(bench.issuer, old.id, at);
  if ('got' in answer) return { to: 'watch', change: { endsAt: answer.got.endsAt ?? at } };
  if (answer.reason !== 'missing') return later(answer);
  const seen = await look(rotation, bench);
  if (!('keys' in seen)) return seen;
  return lossOf(seen) ?? { why: 'the issuer lists the old key, and says that there is none' };
};

/**
 * Waits until the grace is over. Who still uses the old key then gets more time, as long as the plan allows; when nobody
 * does, it is deleted.
 */
export const watch: Try = async (rotation, bench) => {
  const { plan, endsAt = 0, provedAt = 0 } = rotation;
  const seen = await look(rotation, bench);
  if (!('keys' in seen)) return seen;
  const loss = lossOf(seen);
  if (loss) return loss;
  const rest = Math.min(Math.max(plan.graceMs / LOOKS, LEAST_REST_MS), LONGEST_REST_MS);
  // Before it ends by itself: an extension must come in time.
  const leftMs = endsAt - issuersNow(rotation, bench) - 2 * rest;
  if (leftMs > 0) return { restMs: Math.min(rest, leftMs) };
  const lastUsedAt = seen.old?.lastUsedAt;
  const isUsed = lastUsedAt !== undefined && lastUsedAt > Math.max(endsAt - plan.graceMs, provedAt + rotation.aheadMs);
  if (isUsed) await bench.record({ type: 'rotation.in-use', lastUsedAt, ...aboutOf(rotation) });
  const isAllowed = bench.clock.now() + plan.graceMs <= provedAt + plan.mostMs;
  return { to: isUsed && isAllowed && (rotation.old.expiresAt ?? FOREVER) > endsAt ? 'end' : 'delete' };
};

/** Deletes the old key: its replacement is proved and still there. */
export const remove: Try = async (rotation, bench) => {
  const before = await look(rotation, bench);
  if (!('keys' in before)) return before;
  const loss = lossOf(before);
  if (loss) return loss;
  await intend(rotation, 'delete', bench);
  const { old, environment } = rotation;
  const answer = await bench.calls.revoke({ id: old.id, environment }, bench.issuer);
  if (answer.result === 'unknown') return later(answer);
  if (answer.result === 'refused')
    return { to: 'restore', change: { fault: 'the issuer refused to delete the old key' } };
  // A 204 is a promise: only when it is not listed any more it is gone.
  const after = await look(rotation, bench, 'owner');
  if (!('keys' in after)) return after;
  return after.old ? { why: 'the old key is still listed' } : OVER;
};

/** It is not to be deleted after all: it lives as long as it would have. */
export const restore: Try = async (rotation, bench) => {
  const { old, endsAt, fault = 'it was cancelled' } = rotation;
  if (endsAt === undefined) return failing(fault);
  await intend(rotation, 'restore', bench);
  const answer = await bench.maker.endAt(bench.issuer, old.id, old.expiresAt);
  return 'got' in answer || answer.reason === 'missing' ? failing(fault) : later(answer);
};

/** Somebody does not want it any more. */
export const cancelled = (rotation: Rotation, who: string): Partial<Rotation> => ({
  ...{ step: rotation.endsAt === undefined ? 'clean' : 'restore', ends: 'failed', fault: `cancelled by ${who}` },
  ...{ tries: 0, dueAt: 0 },
});
