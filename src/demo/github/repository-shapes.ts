import { emailOf, type Json, nodeId, type Place, type Repository, stamp, userShape } from './shapes.ts';

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
const FLAGS = { archived: false, disabled: false, is_template: false, web_commit_signoff_required: false };
const HAS = {
  has_discussions: true,
  has_issues: true,
  has_projects: true,
  has_downloads: true,
  has_wiki: true,
  has_pages: false,
};
const REST = {
  size: 0,
  forks: 0,
  open_issues: 0,
  watchers: 0,
  default_branch: 'main',
  topics: [],
  custom_properties: {},
};

export const ownerShape = ({ owner, ofOrganization }: Repository, place: Place): Json =>
  userShape(owner, place, ofOrganization ? 'Organization' : 'User');

/** The repository object of webhooks and of GET /repos/{owner}/{repo}. */
export const repositoryShape = (repository: Repository, place: Place): Json => {
  const { id, fullName, name } = repository;
  const url = `${place.api}/repos/${fullName}`;
  const html = `${place.html}/${fullName}`;
  return {
    id,
    node_id: nodeId('Repository', id),
    name,
    full_name: fullName,
    private: repository.private,
    visibility: repository.private ? 'private' : 'public',
    owner: ownerShape(repository, place),
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
    fork: repository.fork ?? false,
    ...HAS,
    ...COUNTS,
    ...REST,
  };
};

/** The repository object of a push, which differs: times in seconds, a web url, an owner with name and email. */
export const pushRepositoryShape = (repository: Repository, place: Place): Json => ({
  ...repositoryShape(repository, place),
  url: `${place.html}/${repository.fullName}`,
  owner: { name: repository.owner, email: emailOf(repository.owner), ...ownerShape(repository, place) },
  created_at: Math.floor(repository.createdAt / 1000),
  pushed_at: Math.floor(repository.pushedAt / 1000),
  stargazers: 0,
  master_branch: 'main',
});
