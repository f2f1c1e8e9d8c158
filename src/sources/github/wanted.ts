import * as z from 'zod';
import { artifactsOf, everythingOf, wikiOf } from './history-item.ts';
import { Push, wantedOfPush } from './push.ts';
import { isRepoName } from './repo-name.ts';
import { ranks, type Wanted } from './work-list.ts';

/** What an event means for the work list. */
export interface Consequence {
  readonly wanted?: readonly Wanted[];
  readonly renamed?: { readonly from: string; readonly to: string };
  /** Repositories that are no concern of ours any more. */
  readonly dropped?: readonly string[];
}

/** What is needed to judge one event; `undefined` when the payload has not the shape that GitHub documents. */
type Judge = (json: unknown, repo: string) => Consequence | undefined;

const nothing: Consequence = {};
const id = z.union([z.number(), z.string()]).transform(String);
const action = z.string().nullish();

const judge =
  <T extends z.ZodType>(schema: T, consequence: (payload: z.infer<T>, repo: string) => Consequence): Judge =>
  (json, repo) => {
    const { data } = schema.safeParse(json);
    return data === undefined ? undefined : consequence(data as z.infer<T>, repo);
  };

const push: Judge = judge(
  z.object({ ...Push.shape, repository: z.object({ default_branch: z.string().nullish() }) }),
  ({ repository, ...payload }, repo) => ({
    wanted: wantedOfPush(payload, repo, repository.default_branch ?? undefined),
  }),
);

const Head = z.object({
  sha: z.string().regex(/^[0-9a-f]{40,64}$/),
  repo: z.object({ full_name: z.string().nullish() }).nullish(),
});

/** A push to a fork is not told to us: only the pull request is. */
const pullRequest: Judge = judge(
  z.object({ action, pull_request: z.object({ number: z.number(), title: z.string().nullish(), head: Head }) }),
  ({ action, pull_request: { number, title, head } }, repo) => {
    const brings = ['opened', 'reopened', 'synchronize', 'ready_for_review'].includes(action ?? '');
    const isFork = head.repo?.full_name?.toLowerCase() !== repo.toLowerCase();
    const pull: Wanted = { kind: 'pull', repo, item: `${number}@${head.sha}` };
    // The Events API leaves the texts out.
    const texts: Wanted = { kind: 'listing', repo, item: `pulls/${number}`, again: true };
    return { wanted: [...(brings && isFork ? [pull] : []), ...(title === undefined ? [texts] : [])] };
  },
);

/** Strangers can read all of it now, also the logs and files of Actions. */
const exposed = (repo: string): readonly Wanted[] => [
  ...everythingOf(repo, { rank: ranks.exposed }),
  { kind: 'listing', repo, item: 'actions/runs', rank: ranks.missed, again: true },
];

const repository: Judge = judge(
  z.object({
    action,
    changes: z
      .object({
        repository: z.object({ name: z.object({ from: z.string() }) }).nullish(),
        owner: z.object({ from: z.record(z.string(), z.object({ login: z.string().nullish() }).nullish()) }).nullish(),
      })
      .nullish(),
  }),
  ({ action, changes }, repo) => {
    const [owner = '', name = ''] = repo.split('/');
    if (action === 'renamed' && changes?.repository) {
      const from = `${owner}/${changes.repository.name.from}`;
      return isRepoName(from) ? { renamed: { from, to: repo } } : nothing;
    }
    if (action === 'transferred' && changes?.owner) {
      const before = Object.values(changes.owner.from).find((one) => one?.login)?.login;
      return before && isRepoName(`${before}/${name}`) ? { renamed: { from: `${before}/${name}`, to: repo } } : nothing;
    }
    if (action === 'deleted') return { dropped: [repo] };
    if (action === 'publicized') return { wanted: exposed(repo) };
    // It may come from a template or an import.
    return action === 'created' ? { wanted: everythingOf(repo, { rank: ranks.missed }) } : nothing;
  },
);

const names = z
  .array(z.object({ full_name: z.string() }))
  .nullish()
  .transform((all) => (all ?? []).map(({ full_name }) => full_name).filter(isRepoName));

const installation: Judge = judge(
  z.object({ action, repositories: names, repositories_added: names, repositories_removed: names }),
  ({ action, repositories, repositories_added: added, repositories_removed: removed }) => {
    const fresh = action === 'created' || action === 'unsuspend' ? repositories : added;
    const gone = action === 'deleted' || action === 'suspend' ? repositories : removed;
    return { wanted: fresh.flatMap((repo) => everythingOf(repo, { mode: 'backfill' })), dropped: gone };
  },
);

const ASKED = ['created', 'reopened', 'publicly_leaked', 'validated'];

const judges: Readonly<Record<string, Judge>> = {
  push,
  pull_request: pullRequest,
  repository,
  installation,
  installation_repositories: installation,
  public: judge(z.object({}), (_, repo) => ({ wanted: exposed(repo) })),
  gollum: judge(
    z.object({ pages: z.array(z.object({ sha: z.string().regex(/^[0-9a-f]{40,64}$/) })) }),
    ({ pages }, repo) => ({
      wanted: pages.map(({ sha }) => wikiOf(repo, sha)),
    }),
  ),
  release: judge(
    z.object({
      action,
      release: z.object({ assets: z.array(z.object({ id, updated_at: z.string().nullish() })).nullish() }),
    }),
    ({ action, release }, repo) => ({
      wanted:
        action === 'deleted' ? [] : (release.assets ?? []).map((asset) => ({ kind: 'asset', repo, item: asset.id })),
    }),
  ),
  workflow_job: judge(z.object({ action, workflow_job: z.object({ id }) }), ({ action, workflow_job: job }, repo) => ({
    wanted: action === 'completed' ? [{ kind: 'job-log', repo, item: job.id }] : [],
  })),
  workflow_run: judge(z.object({ action, workflow_run: z.object({ id }) }), ({ action, workflow_run: run }, repo) => ({
    wanted: action === 'completed' ? [artifactsOf(repo, run.id)] : [],
  })),
  check_run: judge(
    z.object({ check_run: z.object({ id, output: z.object({ annotations_count: z.number().nullish() }).nullish() }) }),
    ({ check_run: { id: item, output } }, repo) => ({
      wanted: (output?.annotations_count ?? 0) > 0 ? [{ kind: 'annotations', repo, item, again: true }] : [],
    }),
  ),
  // The `resolved` that our own closing causes asks for nothing.
  secret_scanning_alert: judge(
    z.object({ action, alert: z.object({ number: z.number() }) }),
    ({ action, alert }, repo) => ({
      wanted: ASKED.includes(action ?? '') ? [{ kind: 'alert', repo, item: `${alert.number}`, again: true }] : [],
    }),
  ),
  secret_scanning_alert_location: judge(z.object({ alert: z.object({ number: z.number() }) }), ({ alert }, repo) => ({
    wanted: [{ kind: 'alert', repo, item: `${alert.number}` }],
  })),
};

/** What follows from an event; undefined when its payload has not the shape that this needs. */
export const consequenceOf = (name: string, json: unknown, repo: string): Consequence | undefined => {
  const one = Object.hasOwn(judges, name) ? judges[name] : undefined;
  return one ? one(json, repo) : nothing;
};
