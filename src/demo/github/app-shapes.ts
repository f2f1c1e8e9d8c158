import type { App } from './callers.ts';
import { type Json, nodeId, type Place, stamp, userId, userShape } from './shapes.ts';

const PERMISSIONS = {
  ...{ actions: 'read', checks: 'read', contents: 'read', deployments: 'read', discussions: 'read', metadata: 'read' },
  ...{ issues: 'write', pull_requests: 'write', secret_scanning_alerts: 'write', statuses: 'read' },
};
const EVENTS = ['push', 'issues', 'issue_comment', 'pull_request', 'release', 'secret_scanning_alert', 'workflow_job'];

/** The App itself. */
export const appShape = (app: App, place: Place, installations = 1): Json => ({
  id: app.id,
  slug: app.slug,
  node_id: nodeId('Integration', app.id),
  client_id: `Iv1.${app.id.toString(16).padStart(16, '0')}`,
  owner: userShape('octocat', place),
  name: app.slug,
  description: null,
  external_url: `${place.html}/apps/${app.slug}`,
  html_url: `${place.html}/apps/${app.slug}`,
  created_at: stamp(0),
  updated_at: stamp(0),
  permissions: app.permissions ?? PERMISSIONS,
  events: app.events ?? EVENTS,
  installations_count: installations,
});

export interface Installed {
  readonly id: number;
  readonly account: string;
  readonly ofOrganization: boolean;
  readonly selection: 'all' | 'selected';
}

/** One installation of the App, on an account. */
export const fullInstallationShape = (on: Installed, app: App, { api, html }: Place): Json => {
  const type = on.ofOrganization ? 'Organization' : 'User';
  const page = on.ofOrganization ? `organizations/${on.account}/settings` : 'settings';
  return {
    id: on.id,
    client_id: `Iv1.${app.id.toString(16).padStart(16, '0')}`,
    account: userShape(on.account, { api, html }, type),
    repository_selection: on.selection,
    access_tokens_url: `${api}/app/installations/${on.id}/access_tokens`,
    repositories_url: `${api}/installation/repositories`,
    html_url: `${html}/${page}/installations/${on.id}`,
    app_id: app.id,
    app_slug: app.slug,
    target_id: userId(on.account),
    target_type: type,
    permissions: app.permissions ?? PERMISSIONS,
    events: app.events ?? EVENTS,
    created_at: stamp(0),
    updated_at: stamp(0),
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: null,
    suspended_at: null,
  };
};

export const NOBODYS_APP: App = { id: 1, slug: 'keyfuse', publicKey: '' };

export const grantedPermissions = PERMISSIONS;
