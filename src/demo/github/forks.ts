import type { NewCommit } from './import.ts';
import type { Thread } from './issue-shapes.ts';
import { tellPull } from './pull-talk.ts';
import type { Hosted } from './repositories.ts';
import type { Rooms } from './rooms.ts';
import { emailOf, idOf, type Repository } from './shapes.ts';
import { delivered, type Said } from './talk.ts';
import type { World } from './world.ts';

export interface ForkPull {
  readonly title: string;
  readonly body: string;
  /** Whose fork it is. */
  readonly login: string;
  readonly commits: readonly NewCommit[];
  /** The branch of the fork; default patch-1. */
  readonly branch?: string;
}

export interface Forking {
  /** A pull request from a fork: its commits are in no branch, only in `refs/pull/N/head`. */
  openForkPullRequest(repository: string, pull: ForkPull): Promise<Said & { readonly made: readonly string[] }>;
  /** More commits of a pull request from a fork; sends `synchronize`. */
  pushForkPullRequest(
    repository: string,
    pull: { number: number; commits: readonly NewCommit[] },
  ): Promise<Said & { readonly made: readonly string[] }>;
}

const forkOf = (repository: Hosted, owner: string, at: number): Repository => {
  const { name } = repository;
  const fullName = `${owner}/${name}`;
  const times = { createdAt: at, pushedAt: at };
  return {
    id: idOf(`repository ${fullName}`),
    owner,
    name,
    fullName,
    ...times,
    private: false,
    fork: true,
    ofOrganization: false,
  };
};

export const createForking = (world: World, rooms: Rooms): Forking => {
  const build = (
    repository: Hosted,
    to: { ref: string; base: string | undefined; login: string },
    commits: ForkPull['commits'],
  ) => {
    const author = { name: to.login, email: emailOf(to.login) };
    const at = Math.floor(world.now() / 1000);
    return repository.turn(() => repository.git.importCommits(commits, { ref: to.ref, base: to.base, author, at }));
  };
  return {
    async openForkPullRequest(name, { commits, branch = 'patch-1', ...text }) {
      const repository = world.repositories.get(name);
      const base = await repository.git.resolve('refs/heads/main');
      const fork = forkOf(repository, text.login, world.now());
      const ends = { head: branch, base: 'main', headSha: base ?? '', baseSha: base ?? '', fork };
      const pull: Thread = rooms.open(repository, text, { pull: ends });
      const made = await build(repository, { ref: `refs/pull/${pull.number}/head`, base, login: text.login }, commits);
      ends.headSha = made.at(-1) ?? ends.headSha;
      const said = await delivered(pull.number, tellPull(world, repository, { pull, action: { action: 'opened' } }));
      return { ...said, made };
    },
    async pushForkPullRequest(name, { number, commits }) {
      const repository = world.repositories.get(name);
      const pull = rooms.thread(repository, number);
      if (!pull.pull?.fork) throw new Error(`#${number} is not from a fork`);
      const before = pull.pull.headSha;
      const to = { ref: `refs/pull/${number}/head`, base: before, login: pull.login };
      const made = await build(repository, to, commits);
      pull.pull.headSha = made.at(-1) ?? before;
      const action = { action: 'synchronize', before, after: pull.pull.headSha };
      return { ...(await delivered(number, tellPull(world, repository, { pull, action }))), made };
    },
  };
};
