import { createHash } from 'node:crypto';
import { reactions, urls } from './issue-shapes.ts';
import { type Json, nodeId, type Scene, stamp, userShape } from './shapes.ts';
import type { Asset, Release, Stock } from './stock.ts';
import { delivered, type Said } from './talk.ts';
import { tell, type World } from './world.ts';

export interface NewRelease {
  readonly tag: string;
  readonly body: string;
  readonly login?: string;
  readonly prerelease?: boolean;
  readonly assets?: Readonly<Record<string, Buffer>>;
}

export interface Releasing {
  /** Publishes a release with its assets; a tag that is not there yet is made at main's head. Gives the release's id. */
  publishRelease(repository: string, release: NewRelease): Promise<Said>;
}

const typeOf = (name: string): string =>
  ({ zip: 'application/zip', gz: 'application/gzip', txt: 'text/plain' })[name.split('.').at(-1) ?? ''] ??
  'application/octet-stream';

export const assetShape = (asset: Asset, release: Release, scene: Scene): Json => {
  const { api, html } = urls(scene);
  const at = stamp(release.createdAt);
  return {
    url: `${api}/releases/assets/${asset.id}`,
    browser_download_url: `${html}/releases/download/${release.tag}/${encodeURIComponent(asset.name)}`,
    id: asset.id,
    node_id: nodeId('ReleaseAsset', asset.id),
    name: asset.name,
    label: null,
    state: 'uploaded',
    content_type: typeOf(asset.name),
    size: asset.content.length,
    digest: `sha256:${createHash('sha256').update(asset.content).digest('hex')}`,
    download_count: 0,
    created_at: at,
    updated_at: at,
    uploader: userShape(release.login, scene.place),
  };
};

export const releaseShape = (release: Release, scene: Scene): Json => {
  const { api, html } = urls(scene);
  const url = `${api}/releases/${release.id}`;
  const at = stamp(release.createdAt);
  return {
    url,
    assets_url: `${url}/assets`,
    upload_url: `${url.replace('api.', 'uploads.')}/assets{?name,label}`,
    html_url: `${html}/releases/tag/${release.tag}`,
    id: release.id,
    author: userShape(release.login, scene.place),
    node_id: nodeId('Release', release.id),
    tag_name: release.tag,
    target_commitish: 'main',
    name: release.tag,
    draft: false,
    immutable: false,
    prerelease: release.prerelease,
    created_at: at,
    updated_at: at,
    published_at: at,
    assets: release.assets.map((asset) => assetShape(asset, release, scene)),
    tarball_url: `${api}/tarball/${release.tag}`,
    zipball_url: `${api}/zipball/${release.tag}`,
    body: release.body,
    reactions: reactions(url),
  };
};

export const createReleasing = (world: World, stock: Stock): Releasing => ({
  async publishRelease(name, { tag, body: text, login = 'octocat', prerelease = false, assets = {} }) {
    const repository = world.repositories.get(name);
    const { git } = repository;
    const head = await git.resolve('refs/heads/main');
    if (head && !(await git.resolve(`refs/tags/${tag}`))) await git.setRef(`refs/tags/${tag}`, head);
    const release: Release = {
      ...{ id: stock.nextId(), tag, body: text, login, prerelease, createdAt: world.now() },
      assets: Object.entries(assets).map(([file, content]) => ({ id: stock.nextId(), name: file, content })),
    };
    stock.of(repository).releases.push(release);
    const body = (scene: Scene): Json => ({ action: 'published', release: releaseShape(release, scene) });
    return delivered(release.id, tell(world, repository, { event: 'release', login, body }));
  },
});
