/** What an App must be allowed, and what does not work without it. deploy/github-app/app.yml asks for exactly this. */
export const permissions = {
  metadata: ['read', 'nothing works'],
  contents: ['read', 'commits, branches, tags, releases and wikis are not read'],
  issues: ['write', 'issues are not read, and no comment can be made'],
  pull_requests: ['write', 'pull requests and the commits of forks are not read, and no comment can be made'],
  discussions: ['read', 'discussions are not read'],
  actions: ['read', 'the logs of Actions are not read'],
  checks: ['read', 'check runs and their annotations are not read'],
  statuses: ['read', 'commit statuses are not read'],
  deployments: ['read', 'deployments are not read'],
  packages: ['read', 'what is said of packages is not read'],
  secret_scanning_alerts: ['write', 'the secrets of alerts are not read, and no alert is closed'],
} as const satisfies Readonly<Record<string, readonly ['read' | 'write', string]>>;

/** The events that tell of places where a key may stand. Those of an installation come unasked. */
export const events = [
  ...['push', 'create', 'delete', 'commit_comment', 'gollum', 'release', 'public', 'repository', 'fork'],
  ...['issues', 'issue_comment', 'discussion', 'discussion_comment', 'label', 'milestone'],
  ...['pull_request', 'pull_request_review', 'pull_request_review_comment', 'pull_request_review_thread'],
  ...['workflow_job', 'workflow_run', 'workflow_dispatch', 'repository_dispatch', 'check_run', 'status'],
  ...['deployment', 'deployment_status', 'package'],
  ...['secret_scanning_alert', 'secret_scanning_alert_location', 'secret_scanning_scan'],
] as const;
