import { createBlobs } from '../git-blobs.ts';
import { listRefs } from '../git-history.ts';
import { GivenUp } from '../waiting.ts';
import type { Copy } from './history-read.ts';
import type { Work } from './work-list.ts';
import { originOf } from './work-origin.ts';
import type { ScanNeeds } from './worker.ts';

/** What people wrote beside commits: the names of all refs, and annotated tags, which are no commits of `git log`. */
export const pourRefs = async (copy: Copy, work: Work, { outlet, github, stop }: ScanNeeds): Promise<void> => {
  const { dir, env } = copy;
  const blobs = createBlobs({ dir, env });
  const web = `${github.web}/${work.repo}`;
  try {
    const refs = await listRefs({ dir, env, stop });
    const names = refs.map(({ name }) => name).join('\n');
    await outlet.text(
      Buffer.from(names),
      originOf(work, { locator: ' (names of branches and tags)', link: `${web}/tags` }),
    );
    for (const { id, name } of refs.filter(({ isTag }) => isTag)) {
      const bytes = await blobs.read(id);
      const tag = name.replace('refs/tags/', '');
      const link = `${web}/releases/tag/${encodeURIComponent(tag)}`;
      if (bytes) await outlet.stream(bytes, originOf(work, { locator: ` (tag ${tag})`, link }));
    }
  } catch (error) {
    throw stop.aborted ? new GivenUp() : error;
  } finally {
    blobs.close();
  }
};
