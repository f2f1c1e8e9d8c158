import { accountRoutes } from './account-routes.ts';
import { activityRoutes } from './activity.ts';
import { type AlertOptions, alertRoutes } from './alert-routes.ts';
import type { Alerts } from './alerts.ts';
import { appRoutes } from './app-routes.ts';
import type { Callers } from './callers.ts';
import { commentRoutes } from './comment-routes.ts';
import { commitRoutes } from './commits.ts';
import { contentRoutes } from './content-routes.ts';
import { eventRoutes } from './event-routes.ts';
import { hookRoutes } from './hook-routes.ts';
import type { Limits } from './limits.ts';
import type { PartnerRoutes } from './partner.ts';
import { refRoutes } from './ref-routes.ts';
import { repositoryShape } from './repository-shapes.ts';
import type { Rooms } from './rooms.ts';
import { ok } from './route.ts';
import { runRoutes } from './run-routes.ts';
import type { Stock } from './stock.ts';
import { stockRoutes } from './stock-routes.ts';
import type { Storage } from './storage.ts';
import { threadRoutes } from './thread-routes.ts';
import { inRepository, type World } from './world.ts';

/** What routes answer from, beside the repositories. */
export interface State {
  readonly rooms: Rooms;
  readonly alerts: Alerts;
  readonly limits: Limits;
  readonly stock: Stock;
  readonly callers: Callers;
  readonly storage: Storage;
  readonly partner: PartnerRoutes;
  readonly options: AlertOptions;
}

/** Every call that is emulated, narrow paths before wide ones. */
export const createRoutes = (
  world: World,
  { rooms, alerts, limits, stock, callers, storage, partner, options }: State,
) => ({
  ...commentRoutes(world, rooms),
  ...alertRoutes(world, alerts, options),
  ...hookRoutes(world),
  ...threadRoutes(world, rooms),
  ...stockRoutes(world, stock, storage),
  ...runRoutes(world, stock, storage),
  ...appRoutes(world, callers),
  ...accountRoutes(world),
  ...activityRoutes(world),
  ...eventRoutes(world),
  ...refRoutes(world),
  ...contentRoutes(world),
  ...partner,
  ...commitRoutes(world),
  ...limits.routes,
  repository: {
    call: 'GET /repos/{owner}/{repo}',
    act: inRepository(world, (hosted) => ok(repositoryShape(hosted, world.place))),
  },
});

/** The name of a call; `git` is each request of a fetch or clone, `unknown` every other path. */
export type GithubRoute = keyof ReturnType<typeof createRoutes> | 'git' | 'unknown';
