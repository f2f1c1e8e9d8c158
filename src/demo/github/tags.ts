import { ZERO } from './git.ts';
import { pushPayload } from './push.ts';
import type { Hosted, Moved } from './repositories.ts';
import type { Json } from './shapes.ts';
import { emailOf } from './shapes.ts';
import { delivered, type Said } from './talk.ts';
import { tell, type World } from './world.ts';

export interface NewTag {
  readonly name: string;
  /** Default: main's head. */
  readonly sha?: string;
  /** Makes an annotated tag, an object of its own. */
  readonly message?: string;
}

interface PushedTag {
  readonly name: string;
  /** The tag object of an annotated tag, else the commit. */
  readonly sha: string;
  readonly commit: string;
}

export interface Tagging {
  /** Pushes tags in one push; each sends `create` and `push`, but none does when they are more than three. */
  pushTags(
    repository: string,
    tags: readonly NewTag[],
  ): Promise<{ readonly tags: readonly PushedTag[]; readonly said: readonly Said[] }>;
}

/** With more tags than this in one push GitHub sends no event at all. */
const MOST = 3;
const PUSHER = 'octocat';

const make = async ({ git }: Hosted, { name, sha, message }: NewTag, at: number): Promise<PushedTag> => {
  const commit = await git.resolve(sha ?? 'refs/heads/main');
  if (!commit) throw new Error(`no commit ${sha ?? 'yet'} to tag`);
  const who = `${PUSHER} <${emailOf(PUSHER)}> ${Math.floor(at / 1000)} +0000`;
  const text = `object ${commit}\ntype commit\ntag ${name}\ntagger ${who}\n\n${message}\n`;
  const made = message === undefined ? commit : await git.makeTag(text);
  await git.setRef(`refs/tags/${name}`, made);
  return { name, sha: made, commit };
};

export const createTagging = (world: World): Tagging => {
  const { place, now } = world;
  const tellTag = async (repository: Hosted, { name, sha }: PushedTag): Promise<Said[]> => {
    const created = (): Json => ({
      ...{ ref: name, ref_type: 'tag', master_branch: 'main', description: null, pusher_type: 'user' },
    });
    const moved: Moved = {
      ref: `refs/tags/${name}`,
      before: ZERO,
      after: sha,
      forced: false,
      pusher: PUSHER,
      made: [],
    };
    const push = await pushPayload(repository, moved, place);
    const create = tell(world, repository, { event: 'create', login: PUSHER, body: created });
    const told = tell(world, repository, { event: 'push', login: PUSHER, body: () => push });
    return Promise.all([delivered(repository.id, create), delivered(repository.id, told)]);
  };
  return {
    async pushTags(name, wanted) {
      const repository = world.repositories.get(name);
      const tags = await repository.turn(() => Promise.all(wanted.map((tag) => make(repository, tag, now()))));
      const said = tags.length > MOST ? [] : await Promise.all(tags.map((tag) => tellTag(repository, tag)));
      return { tags, said: said.flat() };
    },
  };
};
