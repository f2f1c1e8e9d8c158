import type { Answer } from '../http.ts';
import { base64Of, rawAnswer, wantsRaw } from './commits.ts';
import type { TreeEntry } from './git-history.ts';
import { urls } from './issue-shapes.ts';
import type { Hosted } from './repositories.ts';
import { type Asked, NOT_FOUND, ok, problem } from './route.ts';
import type { Json, Scene } from './shapes.ts';
import { inRepository, type World } from './world.ts';

/** docs.github.com/rest/repos/contents: over 1 MB a file's content is empty (raw it is whole), over 100 MB it is not given. */
const WHOLE = 1_000_000;
const MOST = 100_000_000;

const entryShape = ({ path, sha, size, type }: TreeEntry, ref: string, scene: Scene): Json => {
  const { api, html } = urls(scene);
  const [kind, git_url] = type === 'tree' ? ['dir', `${api}/git/trees/${sha}`] : ['file', `${api}/git/blobs/${sha}`];
  const url = `${api}/contents/${path}?ref=${ref}`;
  const page = `${html}/${type}/${ref}/${path}`;
  const raw = `https://raw.githubusercontent.com/${scene.repository.fullName}/${ref}/${path}`;
  return {
    ...{ name: path.split('/').at(-1), path, sha, size, url, html_url: page, git_url },
    ...{ download_url: kind === 'file' ? raw : null, type: kind },
    _links: { self: url, git: git_url, html: page },
  };
};

const file = async (
  { git }: Hosted,
  entry: TreeEntry,
  { accept, shape }: { accept: string | undefined; shape: Json },
) => {
  const content = await git.blob(entry.sha);
  if (!content) return NOT_FOUND;
  if (content.length > MOST) return problem(403, 'This API returns blobs up to 100 MB in size.');
  if (wantsRaw(accept)) return rawAnswer(content);
  const large = content.length > WHOLE;
  return ok({ ...shape, content: large ? '' : `${base64Of(content)}\n`, encoding: large ? 'none' : 'base64' });
};

/** Files and folders of a revision. */
export const contentRoutes = (world: World) => {
  const act = inRepository(world, async (hosted: Hosted, { path, url, headers }: Asked): Promise<Answer> => {
    const ref = url.searchParams.get('ref') ?? 'main';
    const commit = await hosted.git.resolve(ref);
    if (!commit) return NOT_FOUND;
    const scene = { repository: hosted, place: world.place };
    const wanted = (path['path'] ?? '').replace(/\/+$/, '');
    const entry = wanted === '' ? undefined : (await hosted.git.tree(commit, wanted))[0];
    if (entry?.type === 'blob')
      return file(hosted, entry, { accept: headers.accept, shape: entryShape(entry, ref, scene) });
    if (wanted !== '' && !entry) return NOT_FOUND;
    const inside = await hosted.git.tree(commit, wanted === '' ? '' : `${wanted}/`);
    return ok(inside.map((one) => entryShape(one, ref, scene)));
  });
  return {
    contents: { call: 'GET /repos/{owner}/{repo}/contents/{path}', act },
    root_contents: { call: 'GET /repos/{owner}/{repo}/contents', act },
  };
};
