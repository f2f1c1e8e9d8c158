import type { Delivery } from './hooks.ts';
import { pushPayload } from './push.ts';
import { applyPush, type CreateOptions, deleteBranch, type Moved, type Push } from './repositories.ts';
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

export const createPushing = (world: World): Pushing => {
  const { repositories, place, now } = world;
  const told = async (name: string, moved: Moved): Promise<Pushed> => {
    const repository = repositories.get(name);
    const body = await pushPayload(repository, moved, place);
    const { payload, sent } = tell(world, repository, { event: 'push', login: moved.pusher, body: () => body });
    return { ...moved, payload, delivery: await sent };
  };
  return {
    createRepository: async (name, how) => (await repositories.create(name, how)).git.directory,
    push: async (name, push) => told(name, await applyPush(repositories.get(name), push, now())),
    deleteBranch: async (name, branch) => told(name, await deleteBranch(repositories.get(name), branch, now())),
  };
};
