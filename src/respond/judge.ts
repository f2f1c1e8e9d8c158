import type { Clock } from '../core/clock.ts';
import type { Detector } from '../core/detector.ts';
import type { Issuer } from '../core/issuer.ts';
import type { Secret } from '../core/secret.ts';
import type { Unknown, Verdict } from '../core/verdict.ts';

/** A detector whose issuer may be asked. */
export type Askable = Detector & Required<Pick<Detector, 'validate'>>;

/**
 * The verdict of all environments of the issuer together. One that says live settles it; dead needs all of them, for
 * each knows only its own keys; where there is none to ask, nothing is known.
 */
export const judge = async (detector: Askable, secret: Secret, environments: readonly Issuer[]): Promise<Verdict> => {
  if (environments.length === 0) return { validity: 'unknown', reason: 'unreachable' };
  const settled = await Promise.allSettled(environments.map((issuer) => detector.validate(secret, issuer)));
  const verdicts = settled.filter((one) => one.status === 'fulfilled').map((one) => one.value);
  const live = verdicts.find((verdict) => verdict.validity === 'live');
  if (live) return live;
  // A refused credential halts everything, but not before a live key that another environment knows is cut.
  const broken = settled.find((one) => one.status === 'rejected');
  if (broken) throw broken.reason;
  return verdicts.find((verdict): verdict is Unknown => verdict.validity === 'unknown') ?? { validity: 'dead' };
};

/** The same environment, asked whether a revocation worked: takes the fast lane. */
export const proving = (issuer: Issuer): Issuer => ({
  environment: issuer.environment,
  ask: (_, call) => issuer.ask('prove', call),
});

/** The same environment, asked only if it has a turn that nobody wants. */
export const sparing = (issuer: Issuer): Issuer => ({
  environment: issuer.environment,
  ask: (_, call) => issuer.ask('spare', call),
});

/** The same environments, and the seconds during which at least one of them was being asked. */
export const timed = (environments: readonly Issuer[], clock: Clock) => {
  let asking = 0;
  let since = 0;
  let total = 0;
  const issuers = environments.map(
    (issuer): Issuer => ({
      environment: issuer.environment,
      async ask(operation, call) {
        if (asking === 0) since = clock.monotonic();
        asking += 1;
        try {
          return await issuer.ask(operation, call);
        } finally {
          asking -= 1;
          if (asking === 0) total += clock.monotonic() - since;
        }
      },
    }),
  );
  return { issuers, seconds: () => total / 1000 };
};
