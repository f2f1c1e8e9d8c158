import type { Answer } from '../http.ts';
import { type Alert, alertShape, isGeneric, organizationAlertShape, RESOLUTIONS, type Resolution } from './alert.ts';
import { type Alerts, resolve, tellAlert } from './alerts.ts';
import { cursorPage, pageOf } from './paging.ts';
import type { Hosted } from './repositories.ts';
import { type Asked, invalid, NOT_FOUND, ok, problem } from './route.ts';
import type { Json } from './shapes.ts';
import { inOrganization, inRepository, type World } from './world.ts';

export interface AlertOptions {
  /** Closing an alert needs a reviewer: a PATCH that closes is refused with this status. */
  readonly delegatedDismissal?: 403 | 422 | undefined;
}

type Filter = (alert: Alert, value: string) => boolean;

const among = (value: string, one: string | null): boolean => value.split(',').includes(one ?? '');
const provider = ({ secretType }: Alert): string => secretType.split('_')[0] ?? '';

const FILTERS: Readonly<Record<string, Filter>> = {
  state: ({ resolution }, value) => (value === 'open') === (resolution === null),
  secret_type: ({ secretType }, value) => among(value, secretType),
  exclude_secret_types: ({ secretType }, value) => !among(value, secretType),
  providers: (alert, value) => among(value, provider(alert)),
  exclude_providers: (alert, value) => !among(value, provider(alert)),
  resolution: ({ resolution }, value) => among(value, resolution),
  validity: ({ validity }, value) => among(value, validity),
  is_publicly_leaked: ({ publiclyLeaked }, value) => value !== 'true' || publiclyLeaked,
  is_multi_repo: ({ multiRepo }, value) => value !== 'true' || multiRepo,
  is_bypassed: (_, value) => value !== 'true',
};

const matching = (all: readonly Alert[], { searchParams }: URL): Alert[] => {
  const named = searchParams.has('secret_type');
  const asked = Object.entries(FILTERS).flatMap(([name, fits]) => {
    const value = searchParams.get(name);
    return value ? [(alert: Alert) => fits(alert, value)] : [];
  });
  return all.filter((alert) => (named || !isGeneric(alert)) && asked.every((fits) => fits(alert)));
};

const list = (all: readonly Alert[], { url }: Asked, shape: (alert: Alert, hide: boolean) => Json): Answer => {
  const { searchParams } = url;
  const by = searchParams.get('sort') === 'updated' ? 'updatedAt' : 'createdAt';
  const down = searchParams.get('direction') !== 'asc';
  const rank = (alert: Alert) => [alert[by], alert.repository.id, alert.number];
  const found = matching(all, url);
  const byCursor = searchParams.has('after') || searchParams.has('before');
  const whole = { rank, down, sizes: { normal: found.length, most: found.length } };
  const page = byCursor
    ? cursorPage(url, found, { rank, down })
    : pageOf(url, cursorPage(new URL('http://all'), found, whole)?.items ?? []);
  if (!page) return problem(422, 'Invalid cursor');
  const hide = searchParams.get('hide_secret') === 'true';
  return ok(
    page.items.map((alert) => shape(alert, hide)),
    page.headers,
  );
};

const fault = ({ state, resolution, assignee, validity }: Json): Answer | undefined => {
  if (state === undefined && assignee === undefined && validity === undefined)
    return problem(422, 'At least one of state, assignee or validity must be given.');
  if (state !== undefined && state !== 'open' && state !== 'resolved') return invalid('SecretScanningAlert', 'state');
  if (state === 'resolved' && !RESOLUTIONS.includes(String(resolution)))
    return invalid('SecretScanningAlert', 'resolution', resolution === undefined ? 'missing_field' : 'invalid');
  const validities = [undefined, null, 'active', 'inactive'];
  return validities.includes(validity as string | null) ? undefined : invalid('SecretScanningAlert', 'validity');
};

const DELEGATED = 'Alert dismissal requires review: delegated alert dismissal is enabled for this repository.';

/** Changes an alert as PATCH asks, and gives the webhook actions that tell it. */
const apply = (alert: Alert, body: Json, { login, at }: { login: string; at: number }): string[] => {
  const {
    state,
    resolution,
    resolution_comment: said,
    assignee,
    validity,
  } = body as Readonly<Record<string, string | null>>;
  const comment = typeof said === 'string' && { comment: said };
  const to = state === 'resolved' ? (resolution as Resolution) : null;
  const moved = state === undefined ? undefined : resolve(alert, { resolution: to, login, ...comment }, at);
  if (validity !== undefined) alert.validity = (validity ?? 'unknown') as Alert['validity'];
  const given = assignee !== undefined && assignee !== alert.assignee;
  if (given) alert.assignee = assignee;
  if (given || validity !== undefined) alert.updatedAt = at;
  return [...(moved ? [moved] : []), ...(given ? [assignee === null ? 'unassigned' : 'assigned'] : [])];
};

/** Secret scanning alerts (docs.github.com/rest/secret-scanning/secret-scanning). */
export const alertRoutes = (world: World, alerts: Alerts, { delegatedDismissal }: AlertOptions) => {
  const { place } = world;
  const one = (act: (alert: Alert, asked: Asked) => Answer) =>
    inRepository(world, (hosted: Hosted, asked) => {
      const alert = alerts.find(hosted, Number(asked.path['alert_number']));
      return alert ? act(alert, asked) : NOT_FOUND;
    });
  const patch = (alert: Alert, { body, caller }: Asked): Answer => {
    const wrong = fault(body);
    if (wrong) return wrong;
    const closes = body['state'] === 'resolved' && alert.resolution === null;
    if (closes && delegatedDismissal !== undefined) return problem(delegatedDismissal, DELEGATED);
    const login = caller.kind === 'nobody' ? 'ghost' : caller.login;
    for (const action of apply(alert, body, { login, at: world.now() }))
      world.later(tellAlert(world, alert, { action, login }).sent);
    return ok(alertShape(alert, place, false));
  };
  return {
    alerts: {
      call: 'GET /repos/{owner}/{repo}/secret-scanning/alerts',
      act: inRepository(world, (hosted, asked) =>
        list(alerts.of(hosted), asked, (alert, hide) => alertShape(alert, place, hide)),
      ),
    },
    organization_alerts: {
      call: 'GET /orgs/{org}/secret-scanning/alerts',
      act: inOrganization(world, (own, asked) =>
        list(own.flatMap(alerts.of), asked, (alert, hide) => organizationAlertShape(alert, place, hide)),
      ),
    },
    alert: {
      call: 'GET /repos/{owner}/{repo}/secret-scanning/alerts/{alert_number}',
      act: one((alert, { url }) => ok(alertShape(alert, place, url.searchParams.get('hide_secret') === 'true'))),
    },
    alert_update: { call: 'PATCH /repos/{owner}/{repo}/secret-scanning/alerts/{alert_number}', act: one(patch) },
    alert_locations: {
      call: 'GET /repos/{owner}/{repo}/secret-scanning/alerts/{alert_number}/locations',
      act: one((alert, { url }) => {
        const { items, headers } = pageOf(url, alert.locations);
        return ok(items, headers);
      }),
    },
  };
};
