import { cursorPage } from './paging.ts';
import type { Hosted } from './repositories.ts';
import { invalid, ok, problem } from './route.ts';
import { type Json, type Place, stamp, userShape } from './shapes.ts';
import { inRepository, type World } from './world.ts';

type Activity = Hosted['activity'][number];

const PERIODS: Readonly<Record<string, number>> = { day: 1, week: 7, month: 30, quarter: 91, year: 365 };
const DAY = 24 * 3_600_000;
const KINDS: readonly string[] = [
  'push',
  'force_push',
  'branch_creation',
  'branch_deletion',
  'pr_merge',
  'merge_queue_merge',
];

const shape = ({ id, before, after, ref, at, kind, login }: Activity, place: Place): Json => ({
  id,
  node_id: Buffer.from(`PSH_${id}`).toString('base64'),
  ...{ before, after, ref, timestamp: stamp(at), activity_type: kind },
  actor: userShape(login, place),
});

const matching = (all: readonly Activity[], { searchParams }: URL, now: number): Activity[] => {
  const [ref, actor, kind] = ['ref', 'actor', 'activity_type'].map((name) => searchParams.get(name));
  const days = PERIODS[searchParams.get('time_period') ?? ''];
  const full = ref && (ref.startsWith('refs/') ? ref : `refs/heads/${ref}`);
  return all.filter(
    (one) =>
      (!full || one.ref === full) &&
      (!actor || one.login === actor) &&
      (!kind || one.kind === kind) &&
      (days === undefined || now - one.at <= days * DAY),
  );
};

/** Pushes, force pushes, made and deleted branches (docs.github.com/rest/repos/repos#list-repository-activities). */
export const activityRoutes = (world: World) => ({
  activity: {
    call: 'GET /repos/{owner}/{repo}/activity',
    act: inRepository(world, (hosted, { url }) => {
      const kind = url.searchParams.get('activity_type');
      if (kind !== null && !KINDS.includes(kind)) return invalid('Repository', 'activity_type');
      const down = url.searchParams.get('direction') !== 'asc';
      const found = matching(hosted.activity, url, world.now());
      const page = cursorPage(url, found, { rank: ({ id }) => [id], down });
      if (!page) return problem(422, 'Invalid cursor');
      return ok(
        page.items.map((one) => shape(one, world.place)),
        page.headers,
      );
    }),
  },
});
