import { createHash } from 'node:crypto';

/** Where the emulated GitHub's links lead: its own API, and github.com for people. */
export interface Place {
  readonly api: string;
  readonly html: string;
}

/** A repository by name; times in ms since 1970. */
export interface Repository {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly fullName: string;
  readonly private: boolean;
  readonly fork?: boolean;
  /** The owner is an organization, not a person. */
  readonly ofOrganization: boolean;
  readonly createdAt: number;
  readonly pushedAt: number;
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

/** The installation of the App on the account that owns a repository. */
export const installationShape = (id: number): Json => ({ id, node_id: nodeId('Integration', id) });

export const emailOf = (login: string): string => `${login}@users.noreply.github.com`;

const avatarOf = (id: number): string => `https://avatars.githubusercontent.com/u/${id}?v=4`;

export const userId = (login: string): number => idOf(`user ${login}`);

/** Who did it, in the Events API. */
export const actorShape = (login: string, api: string): Json => {
  const id = userId(login);
  const url = `${api}/users/${login}`;
  return { id, login, display_login: login, gravatar_id: '', url, avatar_url: avatarOf(id) };
};

const typeOf = (login: string): string => (login.endsWith('[bot]') ? 'Bot' : 'User');

export const userShape = (login: string, { api, html }: Place, type = typeOf(login)): Json => {
  const id = userId(login);
  const url = `${api}/users/${encodeURIComponent(login)}`;
  return {
    login,
    id,
    node_id: nodeId('User', id),
    avatar_url: avatarOf(id),
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
    type,
    site_admin: false,
  };
};

/** The organization of a webhook. */
export const organizationShape = (login: string, { api }: Place): Json => {
  const id = userId(login);
  const url = `${api}/orgs/${login}`;
  const list = (name: string): string => `${url}/${name}`;
  return {
    login,
    id,
    node_id: nodeId('Organization', id),
    url,
    repos_url: list('repos'),
    events_url: list('events'),
    hooks_url: list('hooks'),
    issues_url: list('issues'),
    members_url: list('members{/member}'),
    public_members_url: list('public_members{/member}'),
    avatar_url: avatarOf(id),
    description: null,
  };
};
