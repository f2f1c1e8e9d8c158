import { ZERO } from './git.ts';
import type { Delivery } from './hooks.ts';
import { tellPull } from './pull-talk.ts';
import { pushPayload } from './push.ts';
import { applyPush, type CreateOptions, deleteBranch, type Hosted, type Moved, type Push } from './repositories.ts';
import type { Rooms } from './rooms.ts';
import type { Json } from './shapes.ts';
import { tell, type World } from './world.ts';

/** A push that was made, and the webhook that told it. */
export interface Pushed extends Moved {
  readonly payload: Json;
  readonly delivery: Delivery | undefined;
}

/** What people do with git. */
export interface Pushing {
  /** Makes an empty repository and gives the folder of its bare git repository. */
  createRepository(fullName: string, options?: CreateOptions): Promise<string>;
  push(repository: string, push: Push): Promise<Pushed>;
  deleteBranch(repository: string, branch: string): Promise<Pushed>;
}

/** Open pull requests of a pushed branch follow it, each with its webhook. */
const follow = async (world: World, rooms: Rooms, { repository, moved }: { repository: Hosted; moved: Moved }) => {
  const pulls = [...rooms.room(repository).threads.values()].filter(
    ({ pull }) => pull && !pull.fork && `refs/heads/${pull.head}` === moved.ref && moved.after !== ZERO,
  );
  for (const pull of pulls) {
    if (pull.pull) pull.pull.headSha = moved.after;
    await repository.git.setRef(`refs/pull/${pull.number}/head`, moved.after);
    const action = { action: 'synchronize', before: moved.before, after: moved.after };
    await tellPull(world, repository, { pull, action }).sent;
  }
};

export const createPushing = (world: World, rooms: Rooms): Pushing => {
  const { repositories, place, now } = world;
  const told = async (name: string, moved: Moved): Promise<Pushed> => {
    const repository = repositories.get(name);
    const body = await pushPayload(repository, moved, place);
    const { payload, sent } = tell(world, repository, { event: 'push', login: moved.pusher, body: () => body });
    const delivery = await sent;
    await follow(world, rooms, { repository, moved });
    return { ...moved, payload, delivery };
  };
  return {
    createRepository: async (name, how) => (await repositories.create(name, how)).git.directory,
    push: async (name, push) => told(name, await applyPush(repositories.get(name), push, now())),
    deleteBranch: async (name, branch) => told(name, await deleteBranch(repositories.get(name), branch, now())),
  };
};
