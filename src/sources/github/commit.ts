import { type Origin, publicText } from '../../core/origin.ts';
import { pourUnpacked } from './download.ts';
import { historyOf } from './history-item.ts';
import type { CommitFile, CommitPage } from './json.ts';
import { GithubRefusal } from './refusal.ts';
import type { Work } from './work-list.ts';
import { originOf } from './work-origin.ts';
import type { ScanNeeds, ScanWork } from './worker.ts';

/** GitHub shows no more files of one commit than this. https://docs.github.com/en/rest/commits/commits#get-a-commit */
const MOST_FILES = 3000;
/** More files without a patch than this are read by git. */
const MOST_BLOBS = 50;
const EMPTY_BLOBS = [
  'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391',
  '473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813',
];

/**
 * Fetches one commit (`item`: its id) and pours its message, its file names and each file's patch. A merge is told by what
 * it brings to its first parent. A file that cannot be had does not keep the others from being read; then it rejects with
 * that `GithubRefusal` at the end. A commit with more files than GitHub shows is read by git.
 */
export const scanCommit: ScanWork = async (work, needs) => {
  const { repo, item: sha, rank } = work;
  let files = 0;
  let bare = 0;
  let refused: GithubRefusal | undefined;
  for await (const bytes of needs.github.pages({ path: `/repos/${repo}/commits/${sha}`, stop: needs.stop })) {
    const page = await needs.parser.read({ shape: 'commit', bytes });
    if (!page) throw new GithubRefusal(200, 'an answer that is no commit');
    if (files === 0) await pourMessage(work, page, needs);
    files += page.files?.length ?? 0;
    bare += (page.files ?? []).filter(isBare).length;
    // A call each would use up our hour, and what a limit interrupts begins anew.
    if (bare > MOST_BLOBS) return [historyOf(repo, { only: sha }, { rank })];
    refused = (await pourFiles(work, page, needs)) ?? refused;
  }
  if (refused) throw refused;
  return files >= MOST_FILES ? [historyOf(repo, { only: sha }, { rank })] : undefined;
};

const pourMessage = (work: Work, page: CommitPage, { outlet }: ScanNeeds): Promise<void> =>
  outlet.text(Buffer.from(page.commit.message ?? ''), originIn(work, page, ' (message)'));

/** Pours every file of the page; gives the first refusal. */
const pourFiles = async (work: Work, page: CommitPage, needs: ScanNeeds) => {
  const files = page.files ?? [];
  const names = files.map(({ filename }) => filename).join('\n');
  await needs.outlet.text(Buffer.from(names), originIn(work, page, ' (file names)'));
  let refused: GithubRefusal | undefined;
  for (const file of files) {
    const { filename: path, blob_url: link } = file;
    const origin = originOf(work, {
      ...{ locator: `@${work.item}:${path}`, link, actor: page.author?.login, commit: work.item, path },
    });
    await pourFile(file, { ...needs, work, origin }).catch((error: unknown) => {
      if (!(error instanceof GithubRefusal) || error.waitMs !== undefined) throw error;
      refused ??= error;
    });
  }
  return refused;
};

/** Must its content be asked for? A file that was removed, is empty, or only has another name, has nothing new in it. */
const isBare = ({ patch, status, sha, changes }: CommitFile): boolean => {
  if (patch || status === 'removed' || status === 'unchanged') return false;
  return !(status === 'renamed' && changes === 0) && !EMPTY_BLOBS.includes(sha ?? '');
};

interface FileNeeds extends ScanNeeds {
  readonly work: Work;
  readonly origin: Origin;
}

/**
 * Binary files and large ones come without a patch: that is not a clean file, so its whole content is read.
 */
const pourFile = async (file: CommitFile, { work, origin, github, outlet, stop }: FileNeeds): Promise<void> => {
  if (file.patch) return outlet.text(file.patch, origin);
  if (!isBare(file)) return;
  if (!file.sha) throw new GithubRefusal(200, 'a file with neither patch nor blob');
  const blob = { path: `/repos/${work.repo}/git/blobs/${file.sha}`, accept: 'application/vnd.github.raw+json', stop };
  await pourUnpacked(github.download(blob), {
    outlet,
    origin: (inside) => ({ ...origin, locator: publicText(`${origin.locator}${inside}`) }),
  });
};

const originIn = (work: Work, { html_url: link, author }: CommitPage, what: string): Origin =>
  originOf(work, { locator: `@${work.item}${what}`, link, actor: author?.login, commit: work.item });
