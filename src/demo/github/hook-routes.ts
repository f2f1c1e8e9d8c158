import type { Answer } from '../http.ts';
import { deliveryShape, fullDeliveryShape, hookConfig, hookShape, installationIdOf } from './hook-shapes.ts';
import type { Attempt, Hook } from './hooks.ts';
import { pageOf, readPaging } from './paging.ts';
import type { HookKind } from './parcel.ts';
import { type Asked, invalid, NOT_FOUND, ok, problem } from './route.ts';
import type { Json } from './shapes.ts';
import { inRepository, type World } from './world.ts';

/** github.com keeps deliveries for three days. */
const KEPT = 3 * 24 * 3_600_000;

const STATUSES: Readonly<Record<string, (code: number) => boolean>> = {
  success: (code) => code >= 200 && code < 400,
  failure: (code) => code >= 400 && code < 600,
};

const createDeliveries = (world: World) => {
  const { hooks, repositories, now } = world;
  const kept = (hook: Hook): Attempt[] => hooks.attempts().filter((one) => one.hook === hook && now() - one.at <= KEPT);
  const short = (one: Attempt): Json => {
    const hosted = one.repository === undefined ? undefined : repositories.find(one.repository);
    return deliveryShape(one, hosted, installationIdOf(one));
  };
  return {
    /** Newest first, by a cursor that the Link header tells. */
    list(hook: Hook, { url }: Asked): Answer {
      const { searchParams } = url;
      const [cursor, status] = [searchParams.get('cursor'), searchParams.get('status')];
      const fits = status === null ? () => true : STATUSES[status];
      if (!fits) return invalid('Hook', 'status');
      if (cursor !== null && !/^v1_\d+$/.test(cursor)) return problem(400, 'Invalid cursor');
      const { size } = readPaging(url, 30, 100);
      const below = cursor === null ? undefined : BigInt(cursor.slice(3));
      const all = kept(hook).filter((one) => fits(one.status));
      const rest = all.filter(({ id }) => below === undefined || BigInt(id) < below).reverse();
      const [items, last] = [rest.slice(0, size), rest[size - 1]];
      const next = new URL(url);
      next.searchParams.set('cursor', `v1_${last?.id}`);
      return ok(items.map(short), rest.length > size ? { link: `<${next.href}>; rel="next"` } : {});
    },
    one(hook: Hook, { path: { delivery_id: id } }: Asked): Answer {
      const found = kept(hook).find((one) => one.id === id);
      return found ? ok(fullDeliveryShape(found, short(found))) : NOT_FOUND;
    },
    /** Accepts at once, and delivers again afterwards. */
    again(hook: Hook, { path: { delivery_id: id } }: Asked): Answer {
      const found = kept(hook).find((one) => one.id === id);
      if (!found) return NOT_FOUND;
      world.later(hooks.again(found));
      return { status: 202, body: {} };
    },
  };
};

type InHook = (hook: Hook, asked: Asked) => Answer;

const createDoors = (world: World) => {
  const { hooks, repositories, place } = world;
  const last = (hook: Hook): Attempt | undefined => hooks.attempts().findLast((attempt) => attempt.hook === hook);
  const of = (kind: HookKind, target: string, act: InHook) => (asked: Asked) => {
    const found = hooks.hooksOf(kind, target).find(({ id }) => kind === 'app' || String(id) === asked.path['hook_id']);
    return found ? act(found, asked) : NOT_FOUND;
  };
  const one: InHook = (hook) => ok(hookShape(hook, place, last(hook)));
  const all = (kind: HookKind, target: string, { url }: Asked): Answer => {
    const { items, headers } = pageOf(url, hooks.hooksOf(kind, target));
    return ok(
      items.map((hook) => hookShape(hook, place, last(hook))),
      headers,
    );
  };
  const inRepo = (rest: string, act: InHook) => ({
    call: rest.replace(' ', ' /repos/{owner}/{repo}/hooks'),
    act: inRepository(world, (hosted, asked) => of('repository', hosted.fullName, act)(asked)),
  });
  const inOrg = (rest: string, act: InHook) => ({
    call: rest.replace(' ', ' /orgs/{org}/hooks'),
    act: (asked: Asked): Answer => {
      const org = asked.path['org'] ?? '';
      return repositories.isOrganization(org) ? of('organization', org, act)(asked) : NOT_FOUND;
    },
  });
  const ofApp = (rest: string, act: InHook) => {
    return { call: rest.replace(' ', ' /app/hook'), by: 'app' as const, act: of('app', '', act) };
  };
  return { one, all, inRepo, inOrg, ofApp };
};

/** Webhooks and their deliveries, of repositories, organizations and the App (docs.github.com/rest/webhooks). */
export const hookRoutes = (world: World) => {
  const { one: hook, all, inRepo, inOrg, ofApp } = createDoors(world);
  const { list, one, again } = createDeliveries(world);
  return {
    hooks: {
      call: 'GET /repos/{owner}/{repo}/hooks',
      act: inRepository(world, (hosted, asked) => all('repository', hosted.fullName, asked)),
    },
    hook: inRepo('GET /{hook_id}', hook),
    hook_deliveries: inRepo('GET /{hook_id}/deliveries', list),
    hook_delivery: inRepo('GET /{hook_id}/deliveries/{delivery_id}', one),
    hook_attempt: inRepo('POST /{hook_id}/deliveries/{delivery_id}/attempts', again),
    organization_hooks: {
      call: 'GET /orgs/{org}/hooks',
      act: (asked: Asked): Answer => {
        const org = asked.path['org'] ?? '';
        return world.repositories.isOrganization(org) ? all('organization', org, asked) : NOT_FOUND;
      },
    },
    organization_hook: inOrg('GET /{hook_id}', hook),
    organization_hook_deliveries: inOrg('GET /{hook_id}/deliveries', list),
    organization_hook_delivery: inOrg('GET /{hook_id}/deliveries/{delivery_id}', one),
    organization_hook_attempt: inOrg('POST /{hook_id}/deliveries/{delivery_id}/attempts', again),
    app_hook_config: ofApp('GET /config', (found) => ok(hookConfig(found))),
    app_hook_deliveries: ofApp('GET /deliveries', list),
    app_hook_delivery: ofApp('GET /deliveries/{delivery_id}', one),
    app_hook_attempt: ofApp('POST /deliveries/{delivery_id}/attempts', again),
  };
};
