import { join } from 'node:path';
import { createGit, type Git, ZERO } from './git.ts';
import type { NewCommit, Person } from './import.ts';
import { emailOf, type Repository } from './shapes.ts';

/** A repository with its git behind it. */
export interface Hosted extends Repository {
  readonly git: Git;
  /** Runs one change of its refs at a time. */
  turn<T>(change: () => Promise<T>): Promise<T>;
}

/** What is pushed; `force` starts from the head's first parent instead of the head, unless `base` says from where. */
export interface Push {
  readonly commits: readonly NewCommit[];
  /** Default: main. */
  readonly branch?: string;
  readonly force?: boolean;
  /** The commit to build upon; a branch that does not exist yet builds upon main's head. */
  readonly base?: string;
  readonly pusher?: string;
}

/** A ref that moved, from `before` to `after`; 40 zeros where it was not, or is no more. */
export interface Moved {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly forced: boolean;
  readonly pusher: string;
  /** The commits made for this push, oldest first. */
  readonly made: readonly string[];
}

const NAME = /^[A-Za-z0-9][\w.-]*\/[\w.-]+$/;

/** The repositories under one folder, each a real bare git repository. */
export const createRepositories = (root: string, now: () => number) => {
  const all = new Map<string, Hosted>();
  return {
    async create(fullName: string, options: { readonly private?: boolean } = {}): Promise<Hosted> {
      const [owner = '', name = ''] = fullName.split('/');
      if (!NAME.test(fullName) || all.has(fullName)) throw new Error(`cannot create ${fullName}`);
      const git = createGit(join(root, 'git'), fullName);
      await git.init();
      let last: Promise<unknown> = Promise.resolve();
      const at = now();
      const hosted: Hosted = {
        ...{ owner, name, fullName, git, private: options.private ?? false, createdAt: at, pushedAt: at },
        turn(change) {
          const mine = last.then(change);
          last = mine.catch(() => undefined);
          return mine;
        },
      };
      all.set(fullName, hosted);
      return hosted;
    },
    find: (fullName: string): Hosted | undefined => all.get(fullName),
    get(fullName: string): Hosted {
      const hosted = all.get(fullName);
      if (!hosted) throw new Error(`no repository ${fullName}`);
      return hosted;
    },
  };
};

/** Makes the commits of a push and moves its branch; rejects a push without commits that moves nothing. */
export const applyPush = (hosted: Hosted, push: Push, at: number): Promise<Moved> =>
  hosted.turn(async () => {
    const { git } = hosted;
    const pusher = push.pusher ?? 'octocat';
    const ref = `refs/heads/${push.branch ?? 'main'}`;
    const head = await git.resolve(ref);
    const rewound = push.force && head ? (await git.commit(head))?.parents[0] : undefined;
    const base = push.base ?? (push.force ? rewound : (head ?? (await git.resolve('refs/heads/main'))));
    const author: Person = { name: pusher, email: emailOf(pusher) };
    const made = await git.importCommits(push.commits, { ref, base, author, at: Math.floor(at / 1000) });
    const after = made.at(-1) ?? base ?? ZERO;
    const forced = head !== undefined && (await git.mergeBase(head, after)) !== head;
    hosted.pushedAt = at;
    return { ref, before: head ?? ZERO, after, forced, pusher, made };
  });

/** Deletes a branch; its commits stay, dangling, as on GitHub. */
export const deleteBranch = (hosted: Hosted, branch: string): Promise<Moved> =>
  hosted.turn(async () => {
    const ref = `refs/heads/${branch}`;
    const before = await hosted.git.resolve(ref);
    if (!before) throw new Error(`no branch ${branch}`);
    await hosted.git.deleteRef(ref);
    return { ref, before, after: ZERO, forced: false, pusher: 'octocat', made: [] };
  });
