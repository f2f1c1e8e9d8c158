import type { Hosted } from './repositories.ts';
import { repositoryShape } from './repository-shapes.ts';
import { type Json, type Place, type Scene, stamp, userShape } from './shapes.ts';

/** Where a secret was seen: a line of a committed file or of a wiki page, or a text that somebody wrote. */
export type LeakPlace =
  | { readonly type: 'commit' | 'wiki_commit'; readonly sha: string; readonly path: string; readonly line?: number }
  | { readonly type: `${'issue' | 'pull_request' | 'discussion'}_${'title' | 'body'}`; readonly number: number }
  | {
      readonly type: `${'issue' | 'pull_request' | 'discussion'}_comment` | `pull_request_review${'' | '_comment'}`;
      readonly number: number;
      readonly id: number;
    };

export type Resolution = 'false_positive' | 'wont_fix' | 'revoked' | 'used_in_tests';
export const RESOLUTIONS: readonly string[] = ['false_positive', 'wont_fix', 'revoked', 'used_in_tests'];

/** A secret scanning alert; times in ms since 1970. */
export interface Alert {
  readonly number: number;
  readonly repository: Hosted;
  readonly secret: string;
  readonly secretType: string;
  readonly createdAt: number;
  readonly base64: boolean;
  readonly locations: { readonly type: string; readonly details: Json }[];
  updatedAt: number;
  resolution: Resolution | null;
  resolvedAt: number | null;
  resolvedBy: string | null;
  comment: string | null;
  validity: 'active' | 'inactive' | 'unknown';
  publiclyLeaked: boolean;
  multiRepo: boolean;
  assignee: string | null;
}

/** Non-provider patterns (docs.github.com/code-security/secret-scanning/introduction/supported-secret-scanning-patterns). */
const GENERIC = new Set([
  ...['password', 'ec_private_key', 'generic_private_key', 'openssh_private_key', 'pgp_private_key', 'rsa_private_key'],
  ...['http_basic_authentication_header', 'http_bearer_authentication_header'],
  ...['mongodb_connection_string', 'mysql_connection_string', 'postgres_connection_string'],
]);

export const isGeneric = ({ secretType }: Alert): boolean => GENERIC.has(secretType);

/** `workos_production_api_key`: WorkOS Production Api Key, by workos. */
const providerOf = (alert: Alert): { name: string; provider: string | null; slug: string | null } => {
  const words = alert.secretType.split('_').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  const slug = alert.secretType.split('_')[0] ?? '';
  return {
    name: words.join(' '),
    ...(isGeneric(alert) ? { provider: null, slug: null } : { provider: words[0] ?? slug, slug }),
  };
};

const NO_BYPASS = {
  push_protection_bypassed: false,
  push_protection_bypassed_by: null,
  push_protection_bypassed_at: null,
  push_protection_bypass_request_reviewer: null,
  push_protection_bypass_request_reviewer_comment: null,
  push_protection_bypass_request_comment: null,
  push_protection_bypass_request_html_url: null,
};
const NO_CLOSURE = {
  closure_request_comment: null,
  closure_request_reviewer_comment: null,
  closure_request_reviewer: null,
};

const common = (alert: Alert, place: Place): Json => {
  const { repository, number } = alert;
  const api = `${place.api}/repos/${repository.fullName}/secret-scanning/alerts/${number}`;
  const { name, provider, slug } = providerOf(alert);
  return {
    number,
    created_at: stamp(alert.createdAt),
    updated_at: stamp(alert.updatedAt),
    url: api,
    html_url: `${place.html}/${repository.fullName}/security/secret-scanning/${number}`,
    locations_url: `${api}/locations`,
    resolution: alert.resolution,
    resolved_at: alert.resolvedAt === null ? null : stamp(alert.resolvedAt),
    resolved_by: alert.resolvedBy === null ? null : userShape(alert.resolvedBy, place),
    resolution_comment: alert.comment,
    secret_type: alert.secretType,
    secret_type_display_name: name,
    provider,
    provider_slug: slug,
    validity: alert.validity,
    publicly_leaked: alert.publiclyLeaked,
    multi_repo: alert.multiRepo,
    assigned_to: alert.assignee === null ? null : userShape(alert.assignee, place),
    ...NO_BYPASS,
    ...NO_CLOSURE,
  };
};

/** The alert of a webhook, which never has the secret. */
export const webhookAlertShape = (alert: Alert, place: Place): Json => ({
  ...common(alert, place),
  secret_category: isGeneric(alert) ? 'generic' : 'default',
});

/** The alert of the API. */
export const alertShape = (alert: Alert, place: Place, hideSecret: boolean): Json => ({
  ...common(alert, place),
  state: alert.resolution === null ? 'open' : 'resolved',
  ...(hideSecret ? {} : { secret: alert.secret }),
  is_base64_encoded: alert.base64,
  first_location_detected: alert.locations[0]?.details ?? null,
  has_more_locations: alert.locations.length > 1,
});

export const organizationAlertShape = (alert: Alert, place: Place, hideSecret: boolean): Json => ({
  ...alertShape(alert, place, hideSecret),
  repository: repositoryShape(alert.repository, place),
});

type Committed = Extract<LeakPlace, { path: string }>;

const committed = async (hosted: Hosted, { type, sha, path, line = 1 }: Committed, { place }: Scene): Promise<Json> => {
  const { git, wiki: pages, fullName } = hosted;
  const blob = await (type === 'commit' ? git : pages).blobOf(sha, path);
  const api = `${place.api}/repos/${fullName}`;
  const at = { path, start_line: line, end_line: line, start_column: 1, end_column: 41, blob_sha: blob ?? '' };
  if (type === 'commit') {
    const html = `${place.html}/${fullName}/blob/${sha}/${path}#L${line}`;
    const urls = { blob_url: `${api}/git/blobs/${blob}`, commit_url: `${api}/git/commits/${sha}`, html_url: html };
    return { ...at, commit_sha: sha, ...urls };
  }
  const wiki = `${place.html}/${fullName}/wiki`;
  const page = path.replace(/\.\w+$/, '');
  return { ...at, page_url: `${wiki}/${page}/${sha}`, commit_sha: sha, commit_url: `${wiki}/_compare/${sha}` };
};

/** The `details` of a location. */
export const locationOf = async (
  hosted: Hosted,
  leak: LeakPlace,
  scene: Scene,
): Promise<Alert['locations'][number]> => {
  const { type } = leak;
  if ('path' in leak) return { type, details: await committed(hosted, leak, scene) };
  const { api: root, html: web } = scene.place;
  const [api, html] = [`${root}/repos/${hosted.fullName}`, `${web}/${hosted.fullName}`];
  if (type.startsWith('discussion')) {
    const url = `${html}/discussions/${leak.number}${'id' in leak ? `#discussioncomment-${leak.id}` : ''}`;
    return { type, details: { [`${type}_url`]: url } };
  }
  const pull = type.startsWith('pull');
  const paths: Readonly<Record<string, string>> = {
    issue_comment: 'issues/comments/',
    pull_request_comment: 'issues/comments/',
    pull_request_review: `pulls/${leak.number}/reviews/`,
    pull_request_review_comment: 'pulls/comments/',
  };
  const path = 'id' in leak ? `${paths[type]}${leak.id}` : `${pull ? 'pulls' : 'issues'}/${leak.number}`;
  const page = `${html}/${pull ? 'pull' : 'issues'}/${leak.number}`;
  return { type, details: { [`${type}_url`]: `${api}/${path}`, html_url: page } };
};
