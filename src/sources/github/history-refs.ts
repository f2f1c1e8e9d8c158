import { startGit } from '../git.ts';
import { createBlobs } from '../git-blobs.ts';
import { GivenUp } from '../waiting.ts';
import type { Copy } from './history-read.ts';
import type { Work } from './work-list.ts';
import { originOf } from './work-origin.ts';
import type { ScanNeeds } from './worker.ts';

/** What people wrote beside commits: the names of all refs, and annotated tags, which are no commits of `git log`. */
export const pourRefs = async (copy: Copy, work: Work, { outlet, github, stop }: ScanNeeds): Promise<void> => {
  const { dir, env } = copy;
  const git = startGit(['for-each-ref', '--format=%(objecttype) %(objectname) %(refname)'], { dir, env });
  stop.addEventListener('abort', git.kill, { once: true });
  const blobs = createBlobs({ dir, env });
  const web = `${github.web}/${work.repo}`;
  try {
    const said: Buffer[] = [];
    for await (const piece of git.output) said.push(piece);
    await git.ended;
    const refs = Buffer.concat(said).toString('utf8').split('\n').filter(Boolean).map(readRef);
    const names = refs.map(({ name }) => name).join('\n');
    await outlet.text(
      Buffer.from(names),
      originOf(work, { locator: ' (names of branches and tags)', link: `${web}/tags` }),
    );
    for (const { id, name } of refs.filter(({ type }) => type === 'tag')) {
      const bytes = await blobs.read(id);
      const tag = name.replace('refs/tags/', '');
      const link = `${web}/releases/tag/${encodeURIComponent(tag)}`;
      if (bytes) await outlet.stream(bytes, originOf(work, { locator: ` (tag ${tag})`, link }));
    }
  } catch (error) {
    throw stop.aborted ? new GivenUp() : error;
  } finally {
    git.kill();
    blobs.close();
    stop.removeEventListener('abort', git.kill);
  }
};

const readRef = (line: string) => {
  const [type = '', id = ''] = line.split(' ', 2);
  return { type, id, name: line.slice(type.length + id.length + 2) };
};
