import { join } from 'node:path';
import type { Settings } from './config.ts';
import type { Fingerprint } from './core/candidate.ts';
import type { Clock } from './core/clock.ts';
import type { Fact, RecordFact } from './core/facts.ts';
import type { Emit } from './core/fragment.ts';
import type { GithubClientName } from './core/github-facts.ts';
import type { Ingress } from './core/ingress.ts';
import type { Live } from './core/live-secret.ts';
import type { Channel } from './core/notice.ts';
import { Secret } from './core/secret.ts';
import type { Store } from './core/store.ts';
import type { Environment } from './secrets/env.ts';
import { createGithub, type GithubClient } from './sources/github/client.ts';
import { createAlertCloser } from './sources/github/closing.ts';
import { createCommenter } from './sources/github/comments.ts';
import { githubEvents } from './sources/github/events.ts';
import type { GitPlace } from './sources/github/history.ts';
import { githubPartner } from './sources/github/partner.ts';
import type { VerdictOf } from './sources/github/partner-feedback.ts';
import { githubReconciler } from './sources/github/reconcile.ts';
import { githubWebhook } from './sources/github/webhook.ts';
import { createGithubWork } from './sources/github/work.ts';
import type { WorkList } from './sources/github/work-list.ts';

interface Needs {
  readonly store: Store;
  readonly clock: Clock;
  readonly record: RecordFact;
  readonly ingress: Ingress;
  readonly env: Environment;
  readonly live: Live;
  /** Absent: nobody here judges keys. */
  readonly verdictOf?: VerdictOf | undefined;
}

/** Where copies of repositories are kept while they are read, and what git needs of our environment. */
export const gitPlace = ({ dataDir }: Pick<Settings, 'dataDir'>, env: Environment): GitPlace => ({
  dir: join(dataDir, 'git'),
  env,
});

const baseUrlOf = ({ github: { host, apiUrl } }: Pick<Settings, 'github'>): string =>
  host ? `https://${host}/api/v3` : apiUrl.href;

/** A client with the credentials of the settings. */
export const githubClient = (
  { github }: Pick<Settings, 'github'>,
  { clock, record, live }: Pick<Needs, 'clock' | 'record'> & Partial<Pick<Needs, 'live'>>,
  name: GithubClientName = 'urgent',
): GithubClient => {
  const { token, appId, privateKey } = github;
  return createGithub({
    ...{ clock, name, token, live },
    ...(appId && privateKey && { app: { id: appId, privateKey } }),
    baseUrl: baseUrlOf({ github }),
    note: (fact) => void record(fact).catch(() => undefined),
  });
};

interface ChannelNeeds extends Pick<Needs, 'store' | 'clock' | 'record' | 'live'> {
  /** Its key is the same in every role: so is what marks a comment as ours. */
  readonly fingerprint: Fingerprint;
}

/** What is done on GitHub after a key is proved dead, at the pace that GitHub asks for; nothing without a credential. */
export const githubChannels = (settings: Settings, needs: ChannelNeeds): readonly Channel[] => {
  const { closeAlerts, comment, commentTemplate: template } = settings.github;
  const github = githubClient(settings, needs, 'calm');
  if (!github.authenticated) return [];
  const mark = (text: string): string => needs.fingerprint('github-comment', new Secret(text)).slice(0, 32);
  return [
    ...(closeAlerts ? [createAlertCloser({ ...needs, github })] : []),
    ...(comment ? [createCommenter({ ...needs, github, template, mark })] : []),
  ];
};

/** What GitHub feeds in, and how far it is. */
export interface Github {
  readonly sources: readonly { run(emit: Emit, stop: AbortSignal): Promise<void> }[];
  readonly list: WorkList;
}

/** Every way in which GitHub tells us of leaks, and the list of what is to be fetched; undefined when none is set up. */
export const startGithub = (settings: Settings, needs: Needs): Github | undefined => {
  const { webhookSecret, previousWebhookSecret, repositories, partner, partnerFeedbackSeconds } = settings.github;
  if (!webhookSecret && !partner && repositories.length === 0) return undefined;
  const { clock, record, verdictOf } = needs;
  const github = githubClient(settings, needs);
  const work = createGithubWork({ ...needs, github, git: gitPlace(settings, needs.env) });
  const given = [webhookSecret, previousWebhookSecret].flatMap((secret) => (secret ? [needs.live(secret)] : []));
  const secrets = () => given.flatMap((one) => [one.now(), ...one.recent().slice(1)]);
  const note = (fact: Fact): void => void record(fact).catch(() => undefined);
  const shared = { ...work, github, clock, note, repositories };
  const keys = {
    origin: baseUrlOf(settings),
    fetch: (stop: AbortSignal) => github.json({ path: '/meta/public_keys/secret_scanning', as: 'anybody', stop }),
  };
  return {
    list: work.list,
    sources: [
      work,
      ...(webhookSecret ? [githubWebhook({ ...needs, secrets, intake: work.intake })] : []),
      ...(partner ? [githubPartner({ ...needs, keys, verdictOf, feedbackMs: partnerFeedbackSeconds * 1_000 })] : []),
      ...(repositories.length > 0 ? [githubEvents(shared)] : []),
      // A stranger may see neither hooks nor alerts, and has no calls to spare.
      ...(github.authenticated
        ? [githubReconciler({ ...shared, everyMs: settings.github.reconcileSeconds * 1_000 })]
        : []),
    ],
  };
};
