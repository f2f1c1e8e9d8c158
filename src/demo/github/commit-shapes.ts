import type { ChangedFile } from './diff.ts';
import type { Commit } from './git-log.ts';
import { type Json, type Scene, userShape } from './shapes.ts';

const UNSIGNED = { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null };

/** The commit object of GET /repos/{owner}/{repo}/commits, without stats and files. */
export const commitShape = (commit: Commit, { repository: { fullName }, place }: Scene): Json => {
  const api = `${place.api}/repos/${fullName}`;
  const html = `${place.html}/${fullName}`;
  const { sha, tree, author, committer, message } = commit;
  return {
    sha,
    node_id: Buffer.from(`06:Commit${sha}`).toString('base64'),
    commit: {
      author,
      committer,
      message,
      tree: { sha: tree, url: `${api}/git/trees/${tree}` },
      url: `${api}/git/commits/${sha}`,
      comment_count: 0,
      verification: UNSIGNED,
    },
    url: `${api}/commits/${sha}`,
    html_url: `${html}/commit/${sha}`,
    comments_url: `${api}/commits/${sha}/comments`,
    author: userShape(author.name, place),
    committer: userShape(committer.name, place),
    parents: commit.parents.map((parent) => ({
      sha: parent,
      url: `${api}/commits/${parent}`,
      html_url: `${html}/commit/${parent}`,
    })),
  };
};

/** A changed file with its links; what the file itself lacks (a patch) stays lacking. */
export const fileShape = (file: ChangedFile, commit: string, { repository: { fullName }, place }: Scene): Json => {
  const path = file.filename.split('/').map(encodeURIComponent).join('/');
  return {
    ...file,
    blob_url: `${place.html}/${fullName}/blob/${commit}/${path}`,
    raw_url: `${place.html}/${fullName}/raw/${commit}/${path}`,
    contents_url: `${place.api}/repos/${fullName}/contents/${path}?ref=${commit}`,
  };
};
