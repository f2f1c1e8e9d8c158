import { appShape, NOBODYS_APP } from './app-shapes.ts';
import { commitShape } from './commit-shapes.ts';
import { urls } from './issue-shapes.ts';
import type { Hosted } from './repositories.ts';
import { runShape, workflowShape } from './run-shapes.ts';
import { type Json, nodeId, type Scene, stamp, userShape } from './shapes.ts';
import type { Annotation, CheckRun, Stock } from './stock.ts';
import { delivered, type Said } from './talk.ts';
import { type Telling, tell, type World } from './world.ts';

/** What machines report of a commit (default: main's head). */
export interface Running {
  /** A job of Actions ends, with this log; gives the job's id. */
  finishJob(repository: string, job: { log: string; name?: string; sha?: string }): Promise<Said>;
  /** A run of Actions ends: its logs and its files are zips. `at` in ms since 1970 (default: now). */
  finishRun(
    repository: string,
    run: { logs?: Buffer; artifacts?: Readonly<Record<string, Buffer>>; at?: number; sha?: string },
  ): Promise<Said>;
  completeCheckRun(
    repository: string,
    check: { summary: string; title?: string; text?: string; annotations?: readonly Annotation[]; sha?: string },
  ): Promise<Said>;
  status(repository: string, status: { description: string; targetUrl?: string; sha?: string }): Promise<Said>;
  deployStatus(
    repository: string,
    deploy: { description: string; payload?: Json; logUrl?: string; environmentUrl?: string; sha?: string },
  ): Promise<Said>;
}

const BOT = 'github-actions[bot]';

interface Ran {
  readonly id: number;
  readonly sha: string;
  readonly at: string;
}

const jobShape = ({ id, sha, at }: Ran, name: string, scene: Scene): Json => {
  const { api, html } = urls(scene);
  const run = id + 1_000_000;
  return {
    id,
    run_id: run,
    workflow_name: 'CI',
    head_branch: 'main',
    run_url: `${api}/actions/runs/${run}`,
    run_attempt: 1,
    node_id: nodeId('WorkflowJob', id),
    head_sha: sha,
    url: `${api}/actions/jobs/${id}`,
    html_url: `${html}/actions/runs/${run}/job/${id}`,
    status: 'completed',
    conclusion: 'success',
    ...{ created_at: at, started_at: at, completed_at: at },
    name,
    steps: [{ name, status: 'completed', conclusion: 'success', number: 1, started_at: at, completed_at: at }],
    check_run_url: `${api}/check-runs/${id}`,
    labels: ['ubuntu-latest'],
    ...{ runner_id: 1, runner_name: 'GitHub Actions 1', runner_group_id: 0, runner_group_name: 'GitHub Actions' },
  };
};

const suiteShape = ({ id, sha, at }: Ran, app: Json, scene: Scene): Json => ({
  id: id + 2_000_000,
  node_id: nodeId('CheckSuite', id),
  head_branch: 'main',
  head_sha: sha,
  status: 'completed',
  conclusion: 'success',
  url: `${urls(scene).api}/check-suites/${id + 2_000_000}`,
  ...{ before: null, after: sha, pull_requests: [], app, created_at: at, updated_at: at },
});

interface Output {
  readonly title?: string;
  readonly summary: string;
  readonly text?: string;
}

const checkShape = (check: CheckRun, { title, summary, text }: Output, { scene, at, app }: Checked): Json => {
  const { api, html } = urls(scene);
  const { id, sha } = check;
  const url = `${api}/check-runs/${id}`;
  return {
    ...{ id, name: 'check', node_id: nodeId('CheckRun', id), head_sha: sha, external_id: '' },
    url,
    html_url: `${html}/runs/${id}`,
    details_url: `${html}/runs/${id}`,
    ...{ status: 'completed', conclusion: 'success', started_at: at, completed_at: at },
    output: {
      ...{ title: title ?? null, summary, text: text ?? null },
      annotations_count: check.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: suiteShape({ id, sha, at }, app, scene),
    app,
    pull_requests: [],
  };
};

interface Checked {
  readonly scene: Scene;
  readonly at: string;
  readonly app: Json;
}

interface Deploying {
  readonly description: string;
  readonly payload?: Json;
  readonly logUrl?: string;
  readonly environmentUrl?: string;
}

const deployShapes = ({ id, sha, at }: Ran, deploy: Deploying, scene: Scene): Json => {
  const { api } = urls(scene);
  const url = `${api}/deployments/${id}`;
  const made = { created_at: at, updated_at: at, creator: userShape('octocat', scene.place), repository_url: api };
  const { description, payload = {}, logUrl = '', environmentUrl = '' } = deploy;
  const environment = { environment: 'production', performed_via_github_app: null };
  return {
    deployment: {
      ...{ url, id, node_id: nodeId('Deployment', id), sha, ref: 'main', task: 'deploy', payload, ...environment },
      ...{ original_environment: 'production', transient_environment: false, production_environment: true },
      ...{ description, statuses_url: `${url}/statuses`, ...made },
    },
    deployment_status: {
      ...{ url: `${url}/statuses/${id + 1}`, id: id + 1, node_id: nodeId('DeploymentStatus', id + 1) },
      ...{ state: 'success', description, target_url: logUrl, log_url: logUrl, environment_url: environmentUrl },
      ...{ deployment_url: url, ...environment, ...made },
    },
  };
};

const statusShape = async (
  repository: Hosted,
  { id, sha, at }: Ran,
  how: { description: string; targetUrl?: string },
) => {
  const commit = await repository.git.commit(sha);
  return (scene: Scene): Json => ({
    ...{ id, sha, name: repository.fullName, context: 'default', state: 'success', created_at: at, updated_at: at },
    ...{ description: how.description, target_url: how.targetUrl ?? null, branches: [] },
    avatar_url: userShape('octocat', scene.place)['avatar_url'],
    commit: commit && commitShape(commit, scene),
  });
};

export const createRunning = (world: World, stock: Stock): Running => {
  const begin = async (name: string, sha?: string): Promise<{ repository: Hosted; ran: Ran }> => {
    const repository = world.repositories.get(name);
    const found = await repository.git.resolve(sha ?? 'refs/heads/main');
    if (!found) throw new Error(`${name} has no commit ${sha ?? 'yet'}`);
    return { repository, ran: { id: stock.nextId(), sha: found, at: stamp(world.now()) } };
  };
  const end = (repository: Hosted, ran: Ran, told: Telling & { event: string }): Promise<Said> =>
    delivered(ran.id, tell(world, repository, told));
  return {
    async finishJob(name, { log, name: job = 'build', sha }) {
      const { repository, ran } = await begin(name, sha);
      stock.of(repository).jobs.push({ id: ran.id, log });
      const body = (scene: Scene): Json => ({ action: 'completed', workflow_job: jobShape(ran, job, scene) });
      return end(repository, ran, { event: 'workflow_job', login: BOT, body });
    },
    async finishRun(name, { logs = Buffer.from(''), artifacts = {}, at = world.now(), sha }) {
      const { repository, ran } = await begin(name, sha);
      const files = Object.entries(artifacts).map(([file, zip]) => ({ id: stock.nextId(), name: file, zip }));
      const run = { id: ran.id, sha: ran.sha, at, logs, artifacts: files };
      stock.of(repository).runs.push(run);
      const commit = await repository.git.commit(run.sha);
      const body = (scene: Scene): Json => ({
        action: 'completed',
        workflow: workflowShape(run, scene),
        workflow_run: runShape(run, commit, scene),
      });
      return end(repository, ran, { event: 'workflow_run', login: BOT, body });
    },
    async completeCheckRun(name, { annotations = [], sha, ...output }) {
      const { repository, ran } = await begin(name, sha);
      const check = { id: ran.id, sha: ran.sha, annotations };
      stock.of(repository).checks.push(check);
      const app = appShape(world.app ?? NOBODYS_APP, world.place);
      const body = (scene: Scene): Json => ({
        action: 'completed',
        check_run: checkShape(check, output, { scene, at: ran.at, app }),
      });
      return end(repository, ran, { event: 'check_run', login: BOT, body });
    },
    async status(name, { sha, ...how }) {
      const { repository, ran } = await begin(name, sha);
      return end(repository, ran, { event: 'status', login: 'octocat', body: await statusShape(repository, ran, how) });
    },
    async deployStatus(name, { sha, ...deploy }) {
      const { repository, ran } = await begin(name, sha);
      const body = (scene: Scene): Json => ({ action: 'created', ...deployShapes(ran, deploy, scene) });
      return end(repository, ran, { event: 'deployment_status', login: 'octocat', body });
    },
  };
};
