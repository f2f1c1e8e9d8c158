import type { IssuedKey, WantedKey } from '../core/keeper.ts';
import { Secret } from '../core/secret.ts';
import { aboutOf, type Bench, hasEnded, intend, issuersNow, later, look, type Sight, type Try } from './bench.ts';
import { remove } from './cleaning.ts';
import {
  digestOf,
  failing,
  lostOf,
  type Next,
  nameOf,
  outgoingOf,
  pointless,
  type Rotation,
  sealedIn,
} from './rotation.ts';

/** Keys that were made, and whose text was never told. What is not even made is asked for for a day. */
const MOST_LOST = 20;
const MINUTE_MS = 60_000;

/**
 * Makes the new key. An answer that is lost leaves a key whose text nobody has: it is found by its name and removed, and
 * another is made.
 */
export const create: Try = async (rotation, bench) => {
  const { clock, maker, record, seal } = bench;
  const { cause, who, plan, old } = rotation;
  if (rotation.stepAt === rotation.beganAt && rotation.tries === 0)
    await record({ type: 'rotation.begun', cause, who, sink: plan.sink, ...aboutOf(rotation) });
  bench.sink(plan.sink); // Is it one at all?
  sealedIn(rotation, new Secret(''), seal); // What could not be kept is not made.
  const seen = await look(rotation, bench);
  if (!('keys' in seen)) return seen;
  const hindrance = hindranceOf(rotation, seen, bench);
  if (hindrance) return hindrance;
  const untold = lostOf(rotation, seen.keys);
  const unheard = await remove(untold, rotation, bench);
  if (unheard) return unheard;
  const lost = (rotation.lost ?? 0) + untold.length;
  if (lost >= MOST_LOST) return failing(`the issuer made ${lost} keys, and told the text of none`);

  const permissions = seen.old ? old.permissions.filter((one) => seen.old?.permissions.includes(one)) : old.permissions;
  const wish = { old: { ...old, permissions }, lost, unansweredAt: clock.now() };
  const next = { ...rotation, ...wish, attempt: rotation.attempt + 1 };
  const asked = await bench.save(next);
  await intend(asked, 'create', bench);
  const wanted = { owner: old.owner, permissions, name: nameOf(asked), expiresAt: endOf(asked, bench) };
  const answer = await maker.make(bench.issuer, wanted);
  const answered = { ...asked, unansweredAt: rotation.unansweredAt };
  if (!('made' in answer)) return refusalOf(answer, answered) ?? { ...later(answer), change: asked };
  const { key, secret } = answer.made;
  const about = { newId: key.id, newExpiresAt: key.expiresAt, digest: digestOf(secret) };
  const made = { ...answered, ...about, aheadMs: key.createdAt - clock.now() };
  if (isMore(key, wanted)) return failing(`the issuer made ${key.id} with more than was asked for`, made);
  return { to: 'deliver', change: { ...made, sealed: sealedIn(made, secret, seal) } };
};

/** Why no key is to be made, or not yet. */
const hindranceOf = (rotation: Rotation, { isOwnerGone, old, keys }: Sight, bench: Bench): Next | undefined => {
  if (isOwnerGone) return pointless(rotation, 'its owner is gone');
  if (!old && rotation.cause !== 'leak') return pointless(rotation, 'there is no such key any more');
  const before = bench.shelf.inTheWay(rotation);
  if (before) return { why: `${before.id} is not over with its sink` };
  const claim = bench.claim(rotation.old, rotation.plan.sink);
  if (claim !== undefined) return failing(claim);
  const [other] = othersOf(rotation, keys, bench);
  return other && failing(twoInOne(other));
};

/** Others that belong into the same sink, which holds one. Who has ended is in nobody's way. */
export const othersOf = (rotation: Rotation, keys: readonly IssuedKey[], bench: Bench): readonly IssuedKey[] => {
  const own = [rotation.newId, ...[...outgoingOf(rotation), ...lostOf(rotation, keys)].map(({ id }) => id)];
  const others = bench.belonging(keys, rotation.plan.sink).filter(({ id }) => !own.includes(id));
  return others.filter((key) => !hasEnded(key, rotation, bench));
};

export const twoInOne = ({ id }: IssuedKey): string =>
  `${id} belongs into the same sink: give each of them an entry of its own in keys.rotation.targets`;

/** The new key lives as long as it is planned to, or as the old one did. */
const endOf = (rotation: Rotation, bench: Bench): number | undefined => {
  const { createdAt, expiresAt } = rotation.old;
  const life = rotation.plan.lifeMs ?? (expiresAt === undefined ? undefined : expiresAt - createdAt);
  return life === undefined ? undefined : issuersNow(rotation, bench) + life;
};

const isMore = (made: IssuedKey, { permissions, expiresAt }: WantedKey): boolean =>
  made.permissions.some((one) => !permissions.includes(one)) ||
  (expiresAt !== undefined && (made.expiresAt ?? Number.POSITIVE_INFINITY) > expiresAt + MINUTE_MS);

/** Undefined: nothing definite was answered. */
const refusalOf = ({ reason }: { readonly reason: string }, asked: Rotation): Next | undefined => {
  const { environment, old } = asked;
  if (reason === 'missing') return failing('its owner is gone', asked);
  if (reason === 'invalid') return failing('the issuer refuses to make such a key', asked);
  if (reason !== 'refused') return undefined;
  return failing(`our credential of the environment ${environment} may not make keys for ${old.owner.id}`, asked);
};
