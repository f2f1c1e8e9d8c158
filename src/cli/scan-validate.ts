import { workosEnvironments } from '../app-issuers.ts';
import { createOwn } from '../app-keys.ts';
import type { AskSettings } from '../config-read.ts';
import { systemClock } from '../core/clock.ts';
import type { Detector } from '../core/detector.ts';
import { Fault, faults } from '../core/errors.ts';
import type { Issuer } from '../core/issuer.ts';
import { Secret } from '../core/secret.ts';
import type { Verdict } from '../core/verdict.ts';
import { type Askable, judge } from '../respond/judge.ts';
import { type Io, misuse, say } from './io.ts';
import type { Finding, Located, WhyUnknown } from './scan-finding.ts';

interface Needs {
  readonly settings: AskSettings;
  readonly detectors: readonly Detector[];
  readonly io: Pick<Io, 'stderr' | 'stop'>;
}

type Answer = Required<Pick<Finding, 'verdict'>> & Pick<Finding, 'reason'>;
interface Question {
  readonly detector: Askable;
  readonly secret: Secret;
}

/** Findings that wait for their issuers' verdicts. Errors: misuse, when there is no credential to ask with. */
export const createAsking = (needs: Needs) => {
  const { workos } = needs.settings;
  if (!workos.apiKey && workos.environments.length === 0)
    throw misuse('--validate needs a credential of ours: WORKOS_API_KEY, or workos.environments in the settings');
  const waiting: Located[] = [];
  return {
    add: (located: Located) => void waiting.push(located),
    answers: () => askIssuers(waiting, needs),
  };
};

export type Asking = ReturnType<typeof createAsking>;

/**
 * The findings with their issuers' verdicts: each key is asked about once. Where an issuer is never asked, there is no
 * verdict. Deletes nothing.
 */
const askIssuers = async (found: readonly Located[], needs: Needs): Promise<readonly Finding[]> => {
  const ours = createOwn({ workos: needs.settings.workos });
  const detectors = new Map(needs.detectors.map((detector) => [detector.id, detector]));
  const questions = new Map<string, Question>();
  for (const { finding, secret: text } of found) {
    const detector = detectors.get(finding.detector);
    const secret = new Secret(text ?? '');
    if (detector && isAskable(detector) && !ours(secret)) questions.set(nameOf(finding, text), { detector, secret });
  }
  const verdicts = await answersTo(questions, needs);
  return found.map(({ finding, secret }) => {
    const verdict = verdicts.get(nameOf(finding, secret));
    return verdict ? { ...finding, ...verdict } : finding;
  });
};

const isAskable = (detector: Detector): detector is Askable => detector.validate !== undefined;
const nameOf = ({ detector }: Finding, secret: string | undefined): string => `${detector} ${secret}`;

const answersTo = async (questions: ReadonlyMap<string, Question>, { settings, io }: Needs) => {
  const verdicts = new Map<string, Answer>();
  const record = async () => undefined;
  const workos = workosEnvironments(settings, { clock: systemClock, record });
  const environments = (issuer: string) => (issuer === 'workos' ? workos : []);
  const waiting = [...questions];
  let refused = false;
  const ask = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [name, { detector, secret }] = next;
      const asked = environments(detector.issuer);
      const why = whyNot({ asked, refused, ended: io.stop.aborted });
      if (why) verdicts.set(name, { verdict: 'unknown', reason: why });
      if (why) continue;
      try {
        verdicts.set(name, answerOf(await patiently(() => judge(detector, secret, asked), io.stop)));
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        if (!refused) say(io.stderr, `keyfuse: ${error.message}\n  ${faults[error.code].help}`);
        refused = true;
        verdicts.set(name, { verdict: 'unknown', reason: 'credential-refused' });
      }
    }
  };
  await Promise.all(Array.from({ length: settings.workos.concurrency }, ask));
  return verdicts;
};

interface Standing {
  readonly asked: readonly Issuer[];
  readonly refused: boolean;
  readonly ended: boolean;
}

/** Why an issuer is not asked. */
const whyNot = ({ asked, refused, ended }: Standing): WhyUnknown | undefined => {
  if (asked.length === 0) return 'no-credential';
  if (refused) return 'credential-refused';
  return ended ? 'ended-early' : undefined;
};

const answerOf = (verdict: Verdict): Answer => ({
  verdict: verdict.validity,
  ...(verdict.validity === 'unknown' && { reason: verdict.reason }),
});

const ATTEMPTS = 3;
const LONGEST_WAIT_MS = 30_000;

/** An issuer that is busy is asked again; then nothing is known. */
const patiently = async (ask: () => Promise<Verdict>, stop: AbortSignal): Promise<Verdict> => {
  for (let attempt = 1; ; attempt += 1) {
    const verdict = await ask();
    if (verdict.validity !== 'unknown' || attempt === ATTEMPTS || stop.aborted) return verdict;
    const { reason, retryAfterMs = 500 * attempt } = verdict;
    if (!['throttled', 'timeout', 'server-error', 'unreachable'].includes(reason)) return verdict;
    await systemClock.sleep(Math.min(retryAfterMs, LONGEST_WAIT_MS), stop);
  }
};
