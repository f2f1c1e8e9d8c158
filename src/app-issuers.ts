import type { Settings } from './config.ts';
import type { Clock } from './core/clock.ts';
import type { RecordFact } from './core/facts.ts';
import type { Issuer } from './core/issuer.ts';
import { fixedSecret, type Live } from './core/live-secret.ts';
import type { Secret } from './core/secret.ts';
import { createIssuer } from './issuers/road.ts';

const ANSWER_BYTES = 256 * 1024;
/** A call waits this long for its turn under the rate limit; then its message waits on the topic instead. */
const PATIENCE_MS = 10_000;

/** One road per environment, each with its own credential. */
export const workosEnvironments = (
  { workos }: Pick<Settings, 'workos'>,
  { live = fixedSecret, ...needs }: { clock: Clock; record: RecordFact; live?: Live },
): readonly Issuer[] => {
  const { baseUrl, requestsPerSecond, concurrency, deadlineMs } = workos;
  const pace = {
    perSecond: requestsPerSecond,
    concurrency,
    deadlineMs,
    bodyBytes: ANSWER_BYTES,
    patienceMs: PATIENCE_MS,
  };
  const one = (environment: string, credential: Secret) =>
    createIssuer({ issuer: 'workos', environment, credential: live(credential), baseUrl, ...pace }, needs);
  return [
    ...(workos.apiKey ? [one('default', workos.apiKey)] : []),
    ...workos.environments.map(({ name, apiKey }) => one(name, apiKey)),
  ];
};
