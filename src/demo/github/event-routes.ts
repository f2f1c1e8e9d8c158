import type { Answer } from '../http.ts';
import { tagged } from './etag.ts';
import { pageOf } from './paging.ts';
import type { Hosted } from './repositories.ts';
import { type Asked, NOT_FOUND, ok } from './route.ts';
import type { Repository } from './shapes.ts';
import { inRepository, sees, type World } from './world.ts';

/** Seconds until a poller may ask again. */
const POLL = { 'x-poll-interval': '60' };

/** The Events API (docs.github.com/rest/activity/events): at most 300 entries, with ETag and a polling interval. */
export const eventRoutes = (world: World) => {
  const { feed, repositories } = world;
  const list = (asked: Asked, seen: (repository: Repository) => boolean): Answer => {
    const { items, headers } = pageOf(asked.url, feed.list(seen));
    return tagged(asked, ok(items, { ...headers, ...POLL }));
  };
  const mine = (asked: Asked, one: Repository): boolean => sees(asked.caller, one as Hosted);
  return {
    events: { call: 'GET /events', act: (asked: Asked) => list(asked, (one) => !one.private) },
    repository_events: {
      call: 'GET /repos/{owner}/{repo}/events',
      act: inRepository(world, (hosted, asked) => list(asked, (one) => one === hosted)),
    },
    organization_events: {
      call: 'GET /orgs/{org}/events',
      act: (asked: Asked): Answer => {
        const { org = '' } = asked.path;
        if (!repositories.isOrganization(org)) return NOT_FOUND;
        return list(asked, (one) => one.owner === org && !one.private && mine(asked, one));
      },
    },
    user_events: {
      call: 'GET /users/{username}/events',
      act: (asked: Asked) => list(asked, (one) => one.owner === asked.path['username'] && mine(asked, one)),
    },
  };
};
