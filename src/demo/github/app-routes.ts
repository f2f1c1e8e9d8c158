import type { Answer } from '../http.ts';
import { appShape, fullInstallationShape, grantedPermissions, NOBODYS_APP } from './app-shapes.ts';
import type { Callers } from './callers.ts';
import { installedOn } from './changes.ts';
import { pageOf } from './paging.ts';
import { repositoryShape } from './repository-shapes.ts';
import { type Asked, NOT_FOUND, ok } from './route.ts';
import { type Json, stamp } from './shapes.ts';
import type { World } from './world.ts';

const createInstallations = (world: World) => {
  const { repositories, place, app = NOBODYS_APP } = world;
  const accounts = (): string[] => [
    ...new Set(repositories.all().flatMap(({ owner, installed }) => (installed ? [owner] : []))),
  ];
  const shape = (account: string): Json => fullInstallationShape(installedOn(world, account), app, place);
  const on = (account: string | undefined): Answer => {
    return account !== undefined && accounts().includes(account) ? ok(shape(account)) : NOT_FOUND;
  };
  return { accounts, shape, on };
};

/** A repository has an installation when it is covered by one. */
const ofRepository = ({ repositories }: World, { path }: Asked): string | undefined => {
  const hosted = repositories.find(`${path['owner']}/${path['repo']}`);
  return hosted?.installed ? hosted.owner : undefined;
};

/** The App and its installations, for who presents its JWT (docs.github.com/rest/apps/apps). */
const ownRoutes = (world: World, callers: Callers) => {
  const { installationOf, place, app = NOBODYS_APP } = world;
  const { accounts, shape, on } = createInstallations(world);
  const route = (call: string, act: (asked: Asked) => Answer) => ({ call, act, by: 'app' as const });
  const numbered = ({ path }: Asked): string | undefined =>
    accounts().find((account) => String(installationOf(account)) === path['installation_id']);
  const grant = (asked: Asked): Answer => {
    const account = numbered(asked);
    if (account === undefined) return NOT_FOUND;
    const { token, until } = callers.grant(account);
    const { selection } = installedOn(world, account);
    const expires_at = stamp(until);
    const body = { token, expires_at, permissions: grantedPermissions, repository_selection: selection };
    return { status: 201, body };
  };
  return {
    app: route('GET /app', () => ok(appShape(app, place, accounts().length))),
    app_installations: route('GET /app/installations', ({ url }) => {
      const { items, headers } = pageOf(url, accounts().map(shape));
      return ok(items, headers);
    }),
    app_installation: route('GET /app/installations/{installation_id}', (asked) => on(numbered(asked))),
    app_token: route('POST /app/installations/{installation_id}/access_tokens', grant),
    user_installation: route('GET /users/{username}/installation', ({ path }) => on(path['username'])),
    organization_installation: route('GET /orgs/{org}/installation', ({ path }) => on(path['org'])),
    repository_installation: route('GET /repos/{owner}/{repo}/installation', (asked) => on(ofRepository(world, asked))),
  };
};

/** The App, its installations and their tokens. */
export const appRoutes = (world: World, callers: Callers) => {
  const { repositories, place } = world;
  return {
    ...ownRoutes(world, callers),
    installation_repositories: {
      call: 'GET /installation/repositories',
      by: 'installation' as const,
      act: ({ url, caller }: Asked): Answer => {
        const account = caller.kind === 'installation' ? caller.account : '';
        const all = repositories.all().filter(({ owner, installed }) => installed && owner === account);
        const { items, headers } = pageOf(url, all);
        const shapes = items.map((one) => repositoryShape(one, place));
        const { selection } = installedOn(world, account);
        return ok({ total_count: all.length, repository_selection: selection, repositories: shapes }, headers);
      },
    },
    installation_token_revoke: {
      call: 'DELETE /installation/token',
      by: 'installation' as const,
      act: ({ headers }: Asked): Answer => {
        callers.revoke(headers.authorization?.split(' ')[1] ?? '');
        return { status: 204 };
      },
    },
  };
};
