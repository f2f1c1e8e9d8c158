import type { Answer } from '../http.ts';
import { pageOf } from './paging.ts';
import type { Hosted } from './repositories.ts';
import { repositoryShape } from './repository-shapes.ts';
import { type Asked, NOT_FOUND, ok, problem } from './route.ts';
import { type Json, organizationShape, type Place, stamp, userShape } from './shapes.ts';
import { inOrganization, type World } from './world.ts';

const profile = (at: string) => ({
  ...{ name: null, company: null, blog: '', location: null, email: null, hireable: null, bio: null },
  ...{ public_repos: 0, public_gists: 0, followers: 0, following: 0, created_at: at, updated_at: at },
});

const OWN = {
  ...{ private_gists: 0, total_private_repos: 0, owned_private_repos: 0, disk_usage: 0, collaborators: 0 },
  two_factor_authentication: true,
};

const fullOrganizationShape = (org: string, place: Place): Json => ({
  ...organizationShape(org, place),
  html_url: `${place.html}/${org}`,
  ...{ name: org, has_organization_projects: true, has_repository_projects: true, type: 'Organization' },
  ...{ public_repos: 0, public_gists: 0, followers: 0, following: 0, archived_at: null },
  ...{ created_at: stamp(0), updated_at: stamp(0) },
});

/** The person behind a token, organizations, and the repositories of both. */
export const accountRoutes = (world: World) => {
  const { repositories, place } = world;
  const list = (all: readonly Hosted[], { url }: Asked): Answer => {
    const { items, headers } = pageOf(url, all);
    return ok(
      items.map((one) => repositoryShape(one, place)),
      headers,
    );
  };
  return {
    user: {
      call: 'GET /user',
      by: 'user' as const,
      act: ({ caller }: Asked): Answer =>
        caller.kind === 'user'
          ? ok({ ...userShape(caller.login, place), ...profile(stamp(0)), ...OWN })
          : problem(403, 'Resource not accessible by integration'),
    },
    user_repositories: {
      call: 'GET /user/repos',
      by: 'user' as const,
      act: (asked: Asked): Answer => list(repositories.all(), asked),
    },
    organization: {
      call: 'GET /orgs/{org}',
      act: ({ path: { org = '' } }: Asked): Answer =>
        repositories.isOrganization(org) ? ok(fullOrganizationShape(org, place)) : NOT_FOUND,
    },
    organization_repositories: { call: 'GET /orgs/{org}/repos', act: inOrganization(world, list) },
  };
};
