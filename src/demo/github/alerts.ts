import { type Alert, type LeakPlace, locationOf, type Resolution, webhookAlertShape } from './alert.ts';
import type { Hosted } from './repositories.ts';
import type { Json, Scene } from './shapes.ts';
import { delivered, type Said } from './talk.ts';
import { type Told, tell, type World } from './world.ts';

export interface NewAlert {
  readonly secret: string;
  readonly secretType: string;
  readonly locations?: readonly LeakPlace[];
  readonly publiclyLeaked?: boolean;
  readonly multiRepo?: boolean;
  readonly base64?: boolean;
  readonly validity?: Alert['validity'];
}

/** What may happen to an alert outside of the API. */
export interface AlertChange {
  readonly publiclyLeaked?: true;
  readonly validity?: Alert['validity'];
  /** One more place where it was seen. */
  readonly location?: LeakPlace;
  /** A person closes it, or opens it again with null. */
  readonly resolution?: Resolution | null;
  readonly login?: string;
}

/** Secret scanning as its operator drives it. */
export interface Scanning {
  /** Sends `secret_scanning_alert` created and, for each location, `secret_scanning_alert_location`; gives the number. */
  raiseAlert(repository: string, alert: NewAlert): Promise<Said>;
  changeAlert(repository: string, number: number, change: AlertChange): Promise<readonly Said[]>;
}

/** Changes the resolution and says by which webhook action; undefined when it is the same as before. */
export const resolve = (
  alert: Alert,
  to: { resolution: Resolution | null; login: string; comment?: string },
  at: number,
) => {
  if (alert.resolution === to.resolution) return undefined;
  const open = to.resolution === null;
  Object.assign(alert, {
    resolution: to.resolution,
    resolvedAt: open ? null : at,
    resolvedBy: open ? null : to.login,
    comment: open ? null : (to.comment ?? null),
    updatedAt: at,
  });
  return open ? 'reopened' : 'resolved';
};

/** Sends `secret_scanning_alert` with an action. */
export const tellAlert = (world: World, alert: Alert, { action, login }: { action: string; login: string }): Told =>
  tell(world, alert.repository, {
    event: 'secret_scanning_alert',
    login,
    body: ({ place }) => ({ action, alert: webhookAlertShape(alert, place) }),
  });

/** All alerts, by the id of their repository. */
export const createAlerts = ({ repositories }: Pick<World, 'repositories'>) => {
  const all: Alert[] = [];
  return {
    add: (alert: Omit<Alert, 'number'>): Alert => {
      const number = all.filter(({ repository }) => repository === alert.repository).length + 1;
      const added = { ...alert, number };
      all.push(added);
      return added;
    },
    of: (repository: Hosted): readonly Alert[] => all.filter((alert) => alert.repository === repository),
    find: (repository: Hosted, number: number): Alert | undefined =>
      all.find((alert) => alert.repository === repository && alert.number === number),
    get(name: string, number: number): Alert {
      const found = this.find(repositories.get(name), number);
      if (!found) throw new Error(`${name} has no alert ${number}`);
      return found;
    },
  };
};

export type Alerts = ReturnType<typeof createAlerts>;

const GITHUB = 'github';

export const createScanning = (world: World, alerts: Alerts): Scanning => {
  const { now, place } = world;
  const locate = async (alert: Alert, leak: LeakPlace): Promise<Told> => {
    const location = await locationOf(alert.repository, leak, { repository: alert.repository, place });
    alert.locations.push(location);
    const body = (scene: Scene): Json => ({
      action: 'created',
      alert: webhookAlertShape(alert, scene.place),
      location,
    });
    return tell(world, alert.repository, { event: 'secret_scanning_alert_location', login: GITHUB, body });
  };
  return {
    async raiseAlert(name, { secret, secretType, locations = [], ...more }) {
      const repository = world.repositories.get(name);
      const at = { createdAt: now(), updatedAt: now(), resolvedAt: null };
      const open = { resolution: null, resolvedBy: null, comment: null, assignee: null, locations: [] };
      const { publiclyLeaked = false, multiRepo = false, base64 = false, validity = 'unknown' } = more;
      const flags = { publiclyLeaked, multiRepo, base64, validity };
      const alert = alerts.add({ repository, secret, secretType, ...at, ...open, ...flags });
      const told = tellAlert(world, alert, { action: 'created', login: GITHUB });
      const places: Told[] = [];
      for (const leak of locations) places.push(await locate(alert, leak));
      await Promise.all(places.map(({ sent }) => sent));
      return delivered(alert.number, told);
    },
    async changeAlert(name, number, { login = 'octocat', ...change }) {
      const alert = alerts.get(name, number);
      const told: Told[] = [];
      const moved = (action: string, by = GITHUB): void => {
        alert.updatedAt = now();
        told.push(tellAlert(world, alert, { action, login: by }));
      };
      if (change.publiclyLeaked) alert.publiclyLeaked = true;
      if (change.publiclyLeaked) moved('publicly_leaked');
      if (change.validity) alert.validity = change.validity;
      if (change.validity) moved('validated');
      if (change.location) told.push(await locate(alert, change.location));
      const { resolution } = change;
      const action = resolution === undefined ? undefined : resolve(alert, { resolution, login }, now());
      if (action) moved(action, login);
      return Promise.all(told.map((one) => delivered(number, one)));
    },
  };
};
