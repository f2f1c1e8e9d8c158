import * as z from 'zod';
import { type Checked, probe, right, wrong } from './doctor-checked.ts';
import { createHookLook, type HookLook, type HookNeeds } from './doctor-hooks.ts';
import { events, permissions } from './needed.ts';
import { GithubRefusal } from './refusal.ts';

export interface DoctorNeeds extends HookNeeds {
  /** `owner/name`: those of the settings, and those that told us of themselves. */
  readonly repositories: readonly string[];
  /** Undefined where git is not installed. */
  readonly gitVersion: string | undefined;
}

const MOST_SKEW_S = 30;

const App = z.object({
  slug: z.string().nullish(),
  permissions: z.record(z.string(), z.string()),
  events: z.array(z.string()),
  installations_count: z.number().nullish(),
});
/** Looks at everything that GitHub must have right for us, and says what to mend. Never rejects. */
export async function* examine(needs: DoctorNeeds): AsyncGenerator<Checked> {
  const { github, gitVersion: git } = needs;
  yield git === undefined
    ? wrong('git is not installed', 'install it: wikis, histories and large commits are read by it')
    : right(`git ${git}`);
  if (!github.authenticated)
    return yield wrong('no credential', 'set APP_ID and PRIVATE_KEY of a GitHub App, or GITHUB_TOKEN');
  // Without an answer to this one nothing else could be right.
  if (!(yield* attempt('who we are', () => identity(needs)))) return;
  const hooks = createHookLook(needs);
  if (github.isApp) yield* attempt('the webhook of the App', hooks.ofApp);
  for (const repo of needs.repositories) yield* attempt(repo, () => repository(repo, needs, hooks));
  if (needs.repositories.length === 0 && !github.isApp)
    yield wrong('no repository is known', 'send a webhook here, or name repositories in GITHUB_REPOSITORIES');
}

/** Gives whether GitHub answered. */
async function* attempt(what: string, look: () => Promise<readonly Checked[]>): AsyncGenerator<Checked, boolean> {
  try {
    yield* await look();
    return true;
  } catch (error) {
    if (!(error instanceof GithubRefusal)) throw error;
    yield wrong(`${what}: ${error.message}`, advice(error));
    return false;
  }
}

/** What a person is to mend. */
export const advice = ({ status, waitMs }: GithubRefusal): string => {
  if (waitMs !== undefined) return `wait ${Math.ceil(waitMs / 1_000)} s: the rate limit is used up`;
  if (status === 0) return 'GitHub cannot be reached: look at GITHUB_API_URL (GHE_HOST), the network and the proxy';
  if (status === 401)
    return 'the credential is refused: look at APP_ID and PRIVATE_KEY, or GITHUB_TOKEN, and at the clock';
  return 'the credential may not see this, or it is not there';
};

const identity = async ({ github, now, stop }: DoctorNeeds): Promise<readonly Checked[]> => {
  const path = github.isApp ? '/app' : '/user';
  const answer = await github.ask({ path, as: github.isApp ? 'app' : { account: 'me' }, stop });
  const skew = Math.abs(Date.parse(String(answer.headers['date'] ?? '')) - now()) / 1_000;
  const clock =
    skew > MOST_SKEW_S
      ? [wrong(`the clock is ${Math.round(skew)} s off`, 'set it by NTP: GitHub refuses an App whose clock is wrong')]
      : [];
  const json = await github.json({ path, as: github.isApp ? 'app' : { account: 'me' }, stop });
  if (!github.isApp) return [...clock, ...scopes(json, String(answer.headers['x-oauth-scopes'] ?? ''))];
  const { data: app } = App.safeParse(json);
  if (!app) throw new GithubRefusal(200, 'an answer that is no App');
  return [...clock, right(`App ${app.slug ?? ''}, installed ${app.installations_count ?? '?'} times`), ...granted(app)];
};

/** A classic token says its scopes; a fine-grained one says nothing, and is tried repository by repository. */
const scopes = (json: unknown, given: string): readonly Checked[] => {
  const { data: user } = z.object({ login: z.string() }).safeParse(json);
  const has = given.split(',').map((one) => one.trim());
  const who = right(`token of ${user?.login ?? 'somebody'}`);
  if (given === '' || has.includes('repo')) return [who];
  return [who, wrong(`its scopes are ${given}`, 'give it the scope repo; security_events alone reads alerts only')];
};

const granted = ({ permissions: has, events: told }: z.infer<typeof App>): readonly Checked[] => {
  const lacking = Object.entries(permissions).flatMap(([name, [level, without]]) => {
    const given = has[name];
    if (given === level || given === 'write' || given === 'admin') return [];
    return [wrong(`permission ${name}: ${given ?? 'none'}`, `give it ${level}, or ${without}`)];
  });
  const silent = events.filter((event) => !told.includes(event));
  return [
    ...(lacking.length === 0 ? [right('every permission is given')] : lacking),
    silent.length === 0
      ? right('every event is subscribed')
      : wrong(`not subscribed: ${silent.join(', ')}`, 'subscribe to them, or what they tell of is not scanned'),
  ];
};

const repository = async (repo: string, needs: DoctorNeeds, hooks: HookLook): Promise<readonly Checked[]> => {
  const { github, stop } = needs;
  await github.json({ path: `/repos/${repo}/commits?per_page=1`, stop }).catch((error: unknown) => {
    // 409: it is empty.
    if (!(error instanceof GithubRefusal) || error.status !== 409) throw error;
  });
  const alerts = await probe(() =>
    github.json({ path: `/repos/${repo}/secret-scanning/alerts?per_page=1&hide_secret=true`, stop }),
  );
  const seen =
    alerts === 'no'
      ? wrong(`${repo}: its secret scanning alerts cannot be read`, 'turn secret scanning on, and give the permission')
      : right(`${repo}: commits and secret scanning alerts can be read`);
  return [seen, ...(github.isApp ? [] : await hooks.of(repo))];
};
