import type { Answer } from '../http.ts';
import type { App } from './callers.ts';
import type { Feed } from './feed.ts';
import type { Delivery, Hooks } from './hooks.ts';
import type { Hosted, Repositories } from './repositories.ts';
import { repositoryShape } from './repository-shapes.ts';
import { type Asked, type Caller, NOT_FOUND, type Route } from './route.ts';
import { installationShape, type Json, organizationShape, type Place, type Scene, userShape } from './shapes.ts';

/** What all parts of the emulated GitHub share. */
export interface World {
  readonly place: Place;
  readonly repositories: Repositories;
  readonly hooks: Hooks;
  readonly feed: Feed;
  readonly now: () => number;
  /** The GitHub App, when there is one. */
  readonly app?: App;
  /** The id of the App's installation on an account. */
  readonly installationOf: (account: string) => number;
  /** Lets work go on after an answer; `close` waits for it. */
  readonly later: (work: Promise<unknown>) => void;
}

/** What is about to be told of a repository: who did it, and the payload without what each payload has. */
export interface Telling {
  readonly login: string;
  readonly body: (scene: Scene) => Json;
}

export interface Told {
  readonly payload: Json;
  readonly sent: Promise<Delivery | undefined>;
}

/** Tells what happened in a repository: by webhook, and to the Events API. */
export const tell = (world: World, repository: Hosted, { event, login, body }: Telling & { event: string }): Told => {
  const { place, hooks, feed } = world;
  const about = {
    repository: repositoryShape(repository, place),
    sender: userShape(login, place),
    installation: installationShape(world.installationOf(repository.owner)),
    ...(repository.ofOrganization && { organization: organizationShape(repository.owner, place) }),
  };
  const payload = { ...about, ...body({ repository, place }) };
  feed.add(repository, event, { payload, login });
  return { payload, sent: hooks.deliver(event, payload) };
};

/** May this caller see it? A public repository is for all. */
export const sees = (caller: Caller, repository: Hosted): boolean => {
  if (!repository.private || caller.kind === 'user') return true;
  return caller.kind === 'installation' && caller.account === repository.owner && repository.installed;
};

type InRepository = (hosted: Hosted, asked: Asked) => Answer | Promise<Answer>;

/** An act in the repository that the path names; 404 without one that the caller may see, 301 to one that moved. */
export const inRepository =
  ({ repositories, place }: World, act: InRepository): Route['act'] =>
  (asked) => {
    const fullName = `${asked.path['owner']}/${asked.path['repo']}`;
    const hosted = repositories.find(fullName);
    if (hosted && sees(asked.caller, hosted)) return act(hosted, asked);
    const moved = repositories.moved(fullName);
    if (!moved || !sees(asked.caller, moved)) return NOT_FOUND;
    const rest = asked.url.pathname.slice(`/repos/${fullName}`.length) + asked.url.search;
    const url = `${place.api}/repositories/${moved.id}${rest}`;
    const status = asked.method === 'GET' ? 301 : 307;
    return { status, headers: { location: url }, body: { message: 'Moved Permanently', url } };
  };

/** An act in an organization; 404 when the account is none. */
export const inOrganization =
  ({ repositories }: World, act: (repositories: readonly Hosted[], asked: Asked) => Answer): Route['act'] =>
  (asked) => {
    const org = asked.path['org'] ?? '';
    if (!repositories.isOrganization(org)) return NOT_FOUND;
    const own = repositories.all().filter((one) => one.owner === org && sees(asked.caller, one));
    return act(own, asked);
  };
