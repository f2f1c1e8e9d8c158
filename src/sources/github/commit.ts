import { Origin } from '../../core/origin.ts';
import type { Outlet } from '../outlet.ts';
import type { GithubClient } from './client.ts';
import type { WaitingCommit } from './deliveries.ts';
import type { CommitFile, CommitPage } from './json.ts';
import type { Parser } from './parse.ts';
import { GithubRefusal } from './refusal.ts';

export interface CommitNeeds {
  readonly github: GithubClient;
  readonly parser: Parser;
  readonly outlet: Outlet;
  readonly stop: AbortSignal;
}

/** GitHub shows no more files of one commit than this. https://docs.github.com/en/rest/commits/commits#get-a-commit */
const MOST_FILES = 3000;
const EMPTY_BLOBS = [
  'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391',
  '473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813',
];

/**
 * Fetches one commit and pours its message, its file names and each file's patch.
 * A file that cannot be had does not keep the others from being read; then it rejects with that `GithubRefusal` at the end.
 */
export const scanCommit = async (commit: WaitingCommit, needs: CommitNeeds): Promise<void> => {
  const { repo, sha } = commit;
  let files = 0;
  let refused: GithubRefusal | undefined;
  for await (const bytes of needs.github.commitPages(repo, sha, needs.stop)) {
    const page = await needs.parser.read({ shape: 'commit', bytes });
    if (!page) throw new GithubRefusal(200, 'an answer that is no commit');
    if (files === 0) await pourMessage(commit, page, needs);
    files += page.files?.length ?? 0;
    refused = (await pourFiles(commit, page, needs)) ?? refused;
  }
  if (refused) throw refused;
  if (files >= MOST_FILES) throw new GithubRefusal(413, 'more files than it shows');
};

const pourMessage = ({ repo, sha, receivedAt }: WaitingCommit, page: CommitPage, { outlet }: CommitNeeds) =>
  outlet.text(
    Buffer.from(page.commit.message ?? ''),
    originOf({ locator: `${repo}@${sha} (message)`, link: page.html_url, page, receivedAt }),
  );

/** Pours every file of the page; gives the first refusal. */
const pourFiles = async (commit: WaitingCommit, page: CommitPage, needs: CommitNeeds) => {
  const files = page.files ?? [];
  const { repo, sha, receivedAt } = commit;
  const names = files.map(({ filename }) => filename).join('\n');
  const origin = originOf({ locator: `${repo}@${sha} (file names)`, link: page.html_url, page, receivedAt });
  await needs.outlet.text(Buffer.from(names), origin);
  let refused: GithubRefusal | undefined;
  for (const file of files) {
    const link = file.blob_url;
    const at = originOf({ locator: `${repo}@${sha}:${file.filename}`, link, page, receivedAt });
    await pourFile(file, { ...needs, repo, origin: at }).catch((error: unknown) => {
      if (!(error instanceof GithubRefusal) || error.waitMs !== undefined) throw error;
      refused ??= error;
    });
  }
  return refused;
};

interface FileNeeds extends CommitNeeds {
  readonly repo: string;
  readonly origin: Origin;
}

/**
 * Binary files and large ones come without a patch: that is not a clean file, so its whole content is read. A file that
 * was removed, or is empty, has nothing new in it.
 */
const pourFile = async (file: CommitFile, { repo, origin, github, outlet, stop }: FileNeeds): Promise<void> => {
  if (file.patch) return outlet.text(file.patch, origin);
  if (file.status === 'removed' || file.status === 'unchanged') return;
  if (!file.sha) throw new GithubRefusal(200, 'a file with neither patch nor blob');
  if (!EMPTY_BLOBS.includes(file.sha)) await outlet.stream(github.blob(repo, file.sha, stop), origin);
};

interface Place {
  readonly locator: string;
  readonly link: string | null | undefined;
  readonly page: CommitPage;
  readonly receivedAt: number;
}

const originOf = ({ locator, link, page, receivedAt }: Place): Origin =>
  Origin.parse({
    source: 'github-webhook',
    locator,
    receivedAt,
    ...(link && { link }),
    ...(page.author?.login && { actor: page.author.login }),
  });
