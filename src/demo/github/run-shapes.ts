import type { Commit } from './git-log.ts';
import { urls } from './issue-shapes.ts';
import { repositoryShape } from './repository-shapes.ts';
import { type Json, nodeId, type Scene, stamp, userShape } from './shapes.ts';
import type { Artifact, Run } from './stock.ts';

const WORKFLOW = 7_001;
const FILE = '.github/workflows/ci.yml';

/** The workflow that all runs are of. */
export const workflowShape = ({ at }: Run, scene: Scene): Json => {
  const { api, html } = urls(scene);
  const made = { created_at: stamp(at), updated_at: stamp(at) };
  return {
    ...{ id: WORKFLOW, node_id: nodeId('Workflow', WORKFLOW), name: 'CI', path: FILE, state: 'active', ...made },
    ...{ url: `${api}/actions/workflows/${WORKFLOW}`, html_url: `${html}/blob/main/${FILE}` },
    badge_url: `${html}/workflows/CI/badge.svg`,
  };
};

const headShape = ({ sha, tree, message, author, committer }: Commit): Json => ({
  ...{ id: sha, tree_id: tree, message, timestamp: author.date },
  author: { name: author.name, email: author.email },
  committer: { name: committer.name, email: committer.email },
});

/** A finished run (docs.github.com/rest/actions/workflow-runs). */
export const runShape = (run: Run, head: Commit | undefined, scene: Scene): Json => {
  const { api, html } = urls(scene);
  const { id, sha } = run;
  const url = `${api}/actions/runs/${id}`;
  const suite = id + 2_000_000;
  const actor = userShape('octocat', scene.place);
  const repository = repositoryShape(scene.repository, scene.place);
  const at = stamp(run.at);
  return {
    ...{ id, name: 'CI', node_id: nodeId('WorkflowRun', id), head_branch: 'main', head_sha: sha, path: FILE },
    ...{
      display_title: 'CI',
      run_number: 1,
      run_attempt: 1,
      event: 'push',
      status: 'completed',
      conclusion: 'success',
    },
    ...{ workflow_id: WORKFLOW, workflow_url: `${api}/actions/workflows/${WORKFLOW}`, url },
    ...{ check_suite_id: suite, check_suite_node_id: nodeId('CheckSuite', suite) },
    check_suite_url: `${api}/check-suites/${suite}`,
    ...{ html_url: `${html}/actions/runs/${id}`, pull_requests: [], referenced_workflows: [] },
    ...{ created_at: at, updated_at: at, run_started_at: at, actor, triggering_actor: actor },
    ...{ jobs_url: `${url}/jobs`, logs_url: `${url}/logs`, artifacts_url: `${url}/artifacts` },
    ...{ cancel_url: `${url}/cancel`, rerun_url: `${url}/rerun`, previous_attempt_url: null },
    ...{ head_commit: head ? headShape(head) : null, repository, head_repository: repository },
  };
};

/** A file that a run left (docs.github.com/rest/actions/artifacts). */
export const artifactShape = ({ id, name, zip }: Artifact, run: Run, scene: Scene): Json => {
  const { id: repositoryId } = scene.repository;
  const url = `${urls(scene).api}/actions/artifacts/${id}`;
  const at = stamp(run.at);
  return {
    ...{ id, node_id: nodeId('Artifact', id), name, size_in_bytes: zip.length, url, expired: false },
    ...{ archive_download_url: `${url}/zip`, created_at: at, updated_at: at, expires_at: stamp(run.at + DAYS_90) },
    workflow_run: {
      ...{ id: run.id, repository_id: repositoryId, head_repository_id: repositoryId },
      ...{ head_branch: 'main', head_sha: run.sha },
    },
  };
};

const DAYS_90 = 90 * 24 * 3_600_000;
