import { randomBytes } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { Detector } from '../core/detector.ts';
import { Fault } from '../core/errors.ts';
import type { Issuer } from '../core/issuer.ts';
import type { IssuedKey, Keeper, Maker } from '../core/keeper.ts';
import type { Secret } from '../core/secret.ts';

export interface CalibrateNeeds {
  readonly issuer: Issuer;
  readonly keeper: Keeper;
  readonly maker: Maker;
  readonly calls: Required<Pick<Detector, 'revoke'>>;
  readonly clock: Clock;
  readonly stop: AbortSignal;
  /** Hears each key that is made or removed. */
  readonly progress?: (what: 'made' | 'removed', id: string) => void;
}

/** They may do nothing, and end by themselves after so long, should nobody be able to remove them. */
const LIFE_MS = 900_000;
const NAME = /^keyfuse calibration [0-9a-f]{8}$/;
const TRIES = 4;
const PAUSE_MS = 1_000;

/**
 * Makes keys that may do nothing, gives their texts, and removes them again, and those that an earlier call had to leave.
 * Errors: `Fault` `keys.unanswered`, `keys.unwanted`, `issuer.credential-refused`.
 */
export const takeSamples = async (
  { organization, count }: { readonly organization: string; readonly count: number },
  needs: CalibrateNeeds,
): Promise<readonly Secret[]> => {
  const { issuer, maker, clock, stop, progress } = needs;
  const name = `keyfuse calibration ${randomBytes(4).toString('hex')}`;
  const owner = { type: 'organization', id: organization, organization } as const;
  const samples: Secret[] = [];
  let fault: Error | undefined;
  try {
    while (samples.length < count && !stop.aborted) {
      const wanted = { owner, name, permissions: [], expiresAt: clock.now() + LIFE_MS };
      const answer = await maker.make(issuer, wanted);
      if (!('made' in answer)) throw refusal(answer.reason, organization);
      samples.push(answer.made.secret);
      progress?.('made', answer.made.key.id);
    }
  } catch (error) {
    fault = error as Error;
  }
  await removeAll(organization, needs).catch((error: Error) => {
    if (fault === undefined) throw error;
    // The same refusal of our credential, most likely.
    if (error.message !== fault.message) fault.message += `; and ${error.message}`;
  });
  if (fault) throw fault;
  return samples;
};

const refusal = (reason: string, organization: string): Fault => {
  if (reason === 'missing')
    return new Fault('keys.unwanted', `there is no organization ${organization} in this environment`);
  if (reason === 'invalid')
    return new Fault('keys.unwanted', 'the issuer does not make such a key; is our clock right?');
  return new Fault(
    'keys.unanswered',
    `a key could not be made: ${reason}. Should it be made late, it ends by itself within ${LIFE_MS / 60_000} minutes; the next call removes it`,
  );
};

/** Those whose making was not answered are among them: they are found by their name. */
const removeAll = async (organization: string, needs: CalibrateNeeds): Promise<void> => {
  for (let tried = 1; ; tried += 1) {
    const left = await removeFound(organization, needs);
    if (left.length === 0) return;
    if (tried === TRIES)
      throw new Fault(
        'keys.unanswered',
        `could not remove ${left.join(', ')}; they end by themselves within ${LIFE_MS / 60_000} minutes`,
      );
    await needs.clock.sleep(PAUSE_MS * tried);
  }
};

/** What is left to be removed. */
const removeFound = async (organization: string, needs: CalibrateNeeds): Promise<readonly string[]> => {
  const { issuer, keeper, calls, progress } = needs;
  const keys: IssuedKey[] = [];
  let after: string | undefined;
  do {
    const answer = await keeper.keys(issuer, { type: 'organization', id: organization }, after);
    if (!('got' in answer)) return answer.reason === 'missing' ? [] : ['the keys, which could not be listed'];
    keys.push(...answer.got.items);
    after = answer.got.next;
  } while (after !== undefined);
  const left: string[] = [];
  for (const { id, name, permissions } of keys) {
    // Somebody else's key may be called anything: what may do something is none of ours.
    if (!NAME.test(name) || permissions.length > 0) continue;
    const { result } = await calls.revoke({ id, environment: issuer.environment }, issuer);
    if (result === 'deleted' || result === 'already-gone') progress?.('removed', id);
    else left.push(id);
  }
  return left;
};
