import type { Settings } from './config.ts';
import type { Clock } from './core/clock.ts';
import type { GithubClientName, RecordFact } from './core/facts.ts';
import type { Ingress } from './core/ingress.ts';
import type { Store } from './core/store.ts';
import { createGithub, type GithubClient } from './sources/github/client.ts';
import { githubWebhook } from './sources/github/webhook.ts';
import { createGithubWork } from './sources/github/work.ts';
import type { WorkList } from './sources/github/work-list.ts';
import type { Source } from './sources/source.ts';

interface Needs {
  readonly store: Store;
  readonly clock: Clock;
  readonly record: RecordFact;
  readonly ingress: Ingress;
}

/** A client with the credentials of the settings. */
export const githubClient = (
  { github }: Pick<Settings, 'github'>,
  { clock, record }: Pick<Needs, 'clock' | 'record'>,
  name: GithubClientName = 'urgent',
): GithubClient => {
  const { token, appId, privateKey, apiUrl, host } = github;
  return createGithub({
    ...{ clock, name, token },
    ...(appId && privateKey && { app: { id: appId, privateKey } }),
    baseUrl: host ? `https://${host}/api/v3` : apiUrl.href,
    note: (fact) => void record(fact).catch(() => undefined),
  });
};

/** Every way in which GitHub tells us of leaks, and the list of what is to be fetched; undefined when none is set up. */
export const startGithub = (
  settings: Settings,
  needs: Needs,
): { readonly sources: readonly Pick<Source, 'run'>[]; readonly list: WorkList } | undefined => {
  const { webhookSecret, previousWebhookSecret } = settings.github;
  if (!webhookSecret) return undefined;
  const secrets = [webhookSecret, ...(previousWebhookSecret ? [previousWebhookSecret] : [])];
  const work = createGithubWork({ ...needs, github: githubClient(settings, needs) });
  return { sources: [githubWebhook({ ...needs, secrets, intake: work.intake }), work], list: work.list };
};
