import { Fault } from '../core/errors.ts';
import type { Secret } from '../core/secret.ts';
import type { Sink } from '../core/sink.ts';
import { type Bench, hasEnded, keysOf, later } from './bench.ts';
import { digestOf, failing, type Next, type Outgoing, outgoingOf, type Rotation } from './rotation.ts';

/** What stands in a sink. */
export interface Found {
  readonly text?: Secret | undefined;
  /** Why nobody knows. */
  readonly closed?: string | undefined;
  /** Nobody ever will. */
  readonly isBlind?: true;
}

/** The message of a fault; whatever else it is is a bug. */
export const reasonOf = (error: unknown): string => {
  if (error instanceof Fault) return error.message;
  throw error;
};

export const lookInto = async (sink: Sink): Promise<Found> =>
  sink.get
    ? sink.get().then(
        (text) => ({ text }),
        (error: unknown) => ({ closed: reasonOf(error) }),
      )
    : { isBlind: true };

/** As `lookInto`; a reference that the settings know no store for any more is closed, too. */
const lookAt = async (reference: string, bench: Bench): Promise<Found> => {
  try {
    return await lookInto(bench.sink(reference));
  } catch (error) {
    return { closed: reasonOf(error) };
  }
};

/** Is it that key? By its digest; where an earlier version kept none, by the issuer's word. Undefined: nobody knows. */
const isTextOf = async (
  text: Secret,
  { id, digest }: Pick<Outgoing, 'id' | 'digest'>,
  { calls, issuer }: Pick<Bench, 'calls' | 'issuer'>,
): Promise<boolean | undefined> => {
  if (digest !== undefined) return digestOf(text) === digest;
  const verdict = await calls.validate(text, issuer);
  return verdict.validity === 'unknown' ? undefined : verdict.validity === 'live' && verdict.handle.id === id;
};

/** Does the sink have the new key? Undefined: nobody can look; a text: why nobody knows. */
export const isInSink = async (
  { plan, newId: id = '', digest }: Rotation,
  bench: Bench,
): Promise<Found & { isThere?: boolean }> => {
  const found = await lookAt(plan.sink, bench);
  if (found.closed !== undefined || found.isBlind) return found;
  const isThere = found.text ? await isTextOf(found.text, { id, digest }, bench) : false;
  return isThere === undefined ? { closed: `the issuer does not say what is in ${plan.sink}` } : { ...found, isThere };
};

/** A sink still gives it to whoever asks, or nobody knows. */
export const isHeld = async ({ id, sink, digest }: Outgoing, bench: Bench): Promise<boolean> => {
  if (sink === undefined) return false;
  const { text, closed } = await lookAt(sink, bench);
  return closed !== undefined || (text !== undefined && (await isTextOf(text, { id, digest }, bench)) !== false);
};

/** Another live key that stands in the sink, by whatever name it was put there: nothing is put over it. */
export const strangerIn = async (rotation: Rotation, found: Found, bench: Bench): Promise<Next | undefined> => {
  if (!found.isBlind && found.text === undefined) return undefined;
  const other = bench.shelf.holder(rotation, found.text && digestOf(found.text));
  const own = outgoingOf(rotation).map(({ id }) => id);
  if (!other?.newId || own.includes(other.newId) || own.includes(other.old.id)) return undefined;
  const issuer = bench.issuers.find(({ environment }) => environment === other.environment);
  const listed = issuer ? await keysOf(other.old.owner, issuer, bench) : { got: [] };
  if (!('got' in listed)) return listed.reason === 'missing' ? undefined : later(listed);
  const { newId: id, digest } = other;
  const isIt = !issuer || !found.text || (await isTextOf(found.text, { id, digest }, { ...bench, issuer }));
  if (isIt === undefined) return later({ reason: 'nobody knows whose key stands there' });
  const isLive = isIt && listed.got.some((key) => key.id === other.newId && !hasEnded(key, rotation, bench));
  return isLive || !issuer ? failing(standsThere(other, rotation)) : undefined;
};

const standsThere = ({ newId, old }: Rotation, { plan }: Rotation): string =>
  `${newId} stands in ${plan.sink}, a key of ${old.owner.id}: a sink holds one key`;
