import { createHash } from 'node:crypto';

/** Where the emulated GitHub's links lead: its own API, and github.com for people. */
export interface Place {
  readonly api: string;
  readonly html: string;
}

/** A repository by name; times in ms since 1970. */
export interface Repository {
  readonly owner: string;
  readonly name: string;
  readonly fullName: string;
  readonly private: boolean;
  readonly createdAt: number;
  pushedAt: number;
}

/** What shapes are made in: the repository they belong to, and where links lead. */
export interface Scene {
  readonly repository: Repository;
  readonly place: Place;
}

export type Json = Readonly<Record<string, unknown>>;

/** A number that is always the same for a name, in the range of GitHub's ids. */
export const idOf = (name: string): number => createHash('sha256').update(name).digest().readUInt32BE() >>> 1;

export const nodeId = (type: string, id: number): string =>
  Buffer.from(`0${type.length}:${type}${id}`).toString('base64');

/** ISO 8601 without milliseconds, as GitHub writes times. */
export const stamp = (at: number): string => new Date(at).toISOString().replace(/\.\d+/, '');

export const installation = { id: 1, node_id: nodeId('Integration', 1) };

export const emailOf = (login: string): string => `${login}@users.noreply.github.com`;

export const userShape = (login: string, { api, html }: Place): Json => {
  const id = idOf(`user ${login}`);
  const url = `${api}/users/${login}`;
  return {
    login,
    id,
    node_id: nodeId('User', id),
    avatar_url: `https://avatars.githubusercontent.com/u/${id}?v=4`,
    gravatar_id: '',
    url,
    html_url: `${html}/${login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: 'User',
    site_admin: false,
  };
};

/** The API links of a repository, by the name before `_url`. */
const LINKS: Readonly<Record<string, string>> = {
  forks: '/forks',
  keys: '/keys{/key_id}',
  collaborators: '/collaborators{/collaborator}',
  teams: '/teams',
  hooks: '/hooks',
  issue_events: '/issues/events{/number}',
  events: '/events',
  assignees: '/assignees{/user}',
  branches: '/branches{/branch}',
  tags: '/tags',
  blobs: '/git/blobs{/sha}',
  git_tags: '/git/tags{/sha}',
  git_refs: '/git/refs{/sha}',
  trees: '/git/trees{/sha}',
  statuses: '/statuses/{sha}',
  languages: '/languages',
  stargazers: '/stargazers',
  contributors: '/contributors',
  subscribers: '/subscribers',
  subscription: '/subscription',
  commits: '/commits{/sha}',
  git_commits: '/git/commits{/sha}',
  comments: '/comments{/number}',
  issue_comment: '/issues/comments{/number}',
  contents: '/contents/{+path}',
  compare: '/compare/{base}...{head}',
  merges: '/merges',
  archive: '/{archive_format}{/ref}',
  downloads: '/downloads',
  issues: '/issues{/number}',
  pulls: '/pulls{/number}',
  milestones: '/milestones{/number}',
  notifications: '/notifications{?since,all,participating}',
  labels: '/labels{/name}',
  releases: '/releases{/id}',
  deployments: '/deployments',
};

const COUNTS = { forks_count: 0, stargazers_count: 0, watchers_count: 0, open_issues_count: 0 };
const NONE = { description: null, homepage: null, language: null, license: null, mirror_url: null };
const FLAGS = { archived: false, disabled: false, fork: false, is_template: false, web_commit_signoff_required: false };
const HAS = { has_issues: true, has_projects: true, has_downloads: true, has_wiki: true, has_pages: false };
const REST = {
  size: 0,
  forks: 0,
  open_issues: 0,
  watchers: 0,
  default_branch: 'main',
  topics: [],
  custom_properties: {},
};

/** The repository object of webhooks and of GET /repos/{owner}/{repo}. */
export const repositoryShape = (repository: Repository, place: Place): Json => {
  const { fullName, owner, name } = repository;
  const id = idOf(`repository ${fullName}`);
  const url = `${place.api}/repos/${fullName}`;
  const html = `${place.html}/${fullName}`;
  return {
    id,
    node_id: nodeId('Repository', id),
    name,
    full_name: fullName,
    private: repository.private,
    visibility: repository.private ? 'private' : 'public',
    owner: userShape(owner, place),
    html_url: html,
    url,
    ...Object.fromEntries(Object.entries(LINKS).map(([link, path]) => [`${link}_url`, url + path])),
    git_url: `git://github.com/${fullName}.git`,
    ssh_url: `git@github.com:${fullName}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    created_at: stamp(repository.createdAt),
    updated_at: stamp(repository.createdAt),
    pushed_at: stamp(repository.pushedAt),
    ...NONE,
    ...FLAGS,
    ...HAS,
    ...COUNTS,
    ...REST,
  };
};

/** The repository object of a push, which differs: times in seconds, a web url, an owner with name and email. */
export const pushRepositoryShape = (repository: Repository, place: Place): Json => ({
  ...repositoryShape(repository, place),
  url: `${place.html}/${repository.fullName}`,
  owner: { name: repository.owner, email: emailOf(repository.owner), ...userShape(repository.owner, place) },
  created_at: Math.floor(repository.createdAt / 1000),
  pushed_at: Math.floor(repository.pushedAt / 1000),
  stargazers: 0,
  master_branch: 'main',
});
