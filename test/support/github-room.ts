import type { RecordFact } from '../../src/core/facts.ts';
import type { Ingress } from '../../src/core/ingress.ts';
import type { Secret } from '../../src/core/secret.ts';
import { createGithubWork, type GithubWorkNeeds, githubWebhook, type Source } from '../../src/sources/index.ts';

interface Needs extends GithubWorkNeeds {
  readonly ingress: Ingress;
  readonly secrets: readonly Secret[];
  readonly record: RecordFact;
  readonly answerMs?: number | undefined;
}

/** The webhook source with its work list, as the daemon puts them together. */
export const githubRoom = ({ ingress, secrets, answerMs, ...needs }: Needs) => {
  const work = createGithubWork(needs);
  const limits = answerMs === undefined ? {} : { answerMs };
  const webhook = githubWebhook({ ...needs, ingress, secrets: () => secrets, intake: work.intake, limits });
  const sum = (state: 'waiting' | 'unscanned') => (): number =>
    [...work.list.count(state).values()].reduce((all, n) => all + n, 0);
  const source: Source = {
    ...webhook,
    async run(emit, stop) {
      await Promise.all([webhook.run(emit, stop), work.run(emit, stop)]);
    },
  };
  return { ...source, ...work, run: source.run, waiting: sum('waiting'), unscanned: sum('unscanned') };
};

export type GithubRoom = ReturnType<typeof githubRoom>;
