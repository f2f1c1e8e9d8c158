import type { Answer } from '../http.ts';
import type { Ref } from './git-history.ts';
import { urls } from './issue-shapes.ts';
import { pageOf } from './paging.ts';
import type { Hosted } from './repositories.ts';
import { NOT_FOUND, ok } from './route.ts';
import { type Json, nodeId, type Scene } from './shapes.ts';
import { inRepository, type World } from './world.ts';

const refShape = ({ name, sha, type }: Ref, scene: Scene): Json => {
  const { api } = urls(scene);
  return {
    ref: name,
    node_id: Buffer.from(`REF_${name}`).toString('base64'),
    url: `${api}/git/${name}`,
    object: { sha, type, url: `${api}/git/${type}s/${sha}` },
  };
};

const branchShape = ({ name, sha }: Ref, scene: Scene): Json => ({
  name: name.slice('refs/heads/'.length),
  commit: { sha, url: `${urls(scene).api}/commits/${sha}` },
  protected: false,
});

const UNSIGNED = { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null };

const tagShape = (sha: string, text: string, scene: Scene): Json => {
  const { api } = urls(scene);
  const field = (name: string): string => new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1] ?? '';
  const [, name = '', email = '', at = '0'] = /^(.*) <(.*)> (\d+) /.exec(field('tagger')) ?? [];
  const [object, type] = [field('object'), field('type')];
  return {
    node_id: nodeId('Tag', Number.parseInt(sha.slice(0, 7), 16)),
    ...{ sha, tag: field('tag'), url: `${api}/git/tags/${sha}` },
    message: text.slice(text.indexOf('\n\n') + 2).trimEnd(),
    tagger: { name, email, date: new Date(Number(at) * 1000).toISOString().replace('.000', '') },
    object: { sha: object, type, url: `${api}/git/${type}s/${object}` },
    verification: UNSIGNED,
  };
};

/** Refs and tags (docs.github.com/rest/git/refs); of other refs than heads, tags and pulls nothing is known. */
export const refRoutes = (world: World) => {
  const scene = (repository: Hosted): Scene => ({ repository, place: world.place });
  const of = '/repos/{owner}/{repo}/git';
  return {
    ref: {
      call: `GET ${of}/ref/{ref}`,
      act: inRepository(world, async (hosted, { path: { ref } }): Promise<Answer> => {
        const found = (await hosted.git.refs()).find(({ name }) => name === `refs/${ref}`);
        return found ? ok(refShape(found, scene(hosted))) : NOT_FOUND;
      }),
    },
    matching_refs: {
      call: `GET ${of}/matching-refs/{ref}`,
      act: inRepository(world, async (hosted, { path: { ref } }): Promise<Answer> => {
        const found = (await hosted.git.refs()).filter(({ name }) => name.startsWith(`refs/${ref}`));
        return ok(found.map((one) => refShape(one, scene(hosted))));
      }),
    },
    branches: {
      call: 'GET /repos/{owner}/{repo}/branches',
      act: inRepository(world, async (hosted, { url }): Promise<Answer> => {
        const refs = (await hosted.git.refs()).filter(({ name }) => name.startsWith('refs/heads/'));
        const { items, headers } = pageOf(url, refs);
        return ok(
          items.map((ref) => branchShape(ref, scene(hosted))),
          headers,
        );
      }),
    },
    tag: {
      call: `GET ${of}/tags/{tag_sha}`,
      act: inRepository(world, async (hosted, { path: { tag_sha: sha = '' } }): Promise<Answer> => {
        const text = /^[0-9a-f]{40}$/.test(sha) && (await hosted.git.tag(sha));
        return text ? ok(tagShape(sha, text.toString(), scene(hosted))) : NOT_FOUND;
      }),
    },
  };
};
