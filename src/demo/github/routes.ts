import { type AlertOptions, alertRoutes } from './alert-routes.ts';
import type { Alerts } from './alerts.ts';
import { commentRoutes } from './comment-routes.ts';
import { commitRoutes } from './commits.ts';
import { hookRoutes } from './hook-routes.ts';
import type { Limits } from './limits.ts';
import { repositoryShape } from './repository-shapes.ts';
import type { Rooms } from './rooms.ts';
import { ok } from './route.ts';
import { inRepository, type World } from './world.ts';

/** What routes answer from, beside the repositories. */
export interface State {
  readonly rooms: Rooms;
  readonly alerts: Alerts;
  readonly limits: Limits;
  readonly options: AlertOptions;
}

/** Every call that is emulated, narrow paths before wide ones. */
export const createRoutes = (world: World, { rooms, alerts, limits, options }: State) => ({
  ...commentRoutes(world, rooms),
  ...alertRoutes(world, alerts, options),
  ...hookRoutes(world),
  ...commitRoutes(world),
  ...limits.routes,
  repository: {
    call: 'GET /repos/{owner}/{repo}',
    act: inRepository(world, (hosted) => ok(repositoryShape(hosted, world.place))),
  },
});

/** The name of a call; `unknown` is every other path. */
export type GithubRoute = keyof ReturnType<typeof createRoutes> | 'unknown';
