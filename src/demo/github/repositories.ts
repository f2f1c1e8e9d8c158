import { join } from 'node:path';
import { createGit, type Git, ZERO } from './git.ts';
import type { NewCommit, Person } from './import.ts';
import { emailOf, idOf, type Repository } from './shapes.ts';

/** A repository with its git behind it; what may change of a repository changes here. */
export interface Hosted extends Repository {
  name: string;
  fullName: string;
  private: boolean;
  pushedAt: number;
  /** The App's installation covers it. */
  installed: boolean;
  readonly git: Git;
  /** The git of its wiki, made with the first page. */
  readonly wiki: Git;
  /** Every movement of a ref, oldest first. */
  readonly activity: Activity[];
  /** Runs one change of its refs at a time. */
  turn<T>(change: () => Promise<T>): Promise<T>;
}

/** One entry of a repository's activity (docs.github.com/rest/repos/repos#list-repository-activities). */
interface Activity {
  readonly id: number;
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly at: number;
  readonly kind: 'push' | 'force_push' | 'branch_creation' | 'branch_deletion';
  readonly login: string;
}

export interface CreateOptions {
  readonly private?: boolean;
  /** Whether the App's installation covers it from the start; default true. */
  readonly installed?: boolean;
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

interface RepositoriesNeeds {
  readonly root: string;
  readonly now: () => number;
  readonly organizations: readonly string[];
}

const host = (fullName: string, options: CreateOptions, { root, now, organizations }: RepositoriesNeeds): Hosted => {
  const [owner = '', name = ''] = fullName.split('/');
  let last: Promise<unknown> = Promise.resolve();
  const at = now();
  return {
    ...{ id: idOf(`repository ${fullName}`), owner, name, fullName, activity: [], createdAt: at, pushedAt: at },
    ...{ private: options.private ?? false, installed: options.installed ?? true },
    ofOrganization: organizations.includes(owner),
    git: createGit(join(root, 'git'), fullName),
    wiki: createGit(join(root, 'git'), `${fullName}.wiki`),
    turn(change) {
      const mine = last.then(change);
      last = mine.catch(() => undefined);
      return mine;
    },
  };
};

/** The repositories under one folder, each a real bare git repository. */
export const createRepositories = (needs: RepositoriesNeeds) => {
  const all = new Map<string, Hosted>();
  const former = new Map<string, Hosted>();
  const get = (fullName: string): Hosted => {
    const hosted = all.get(fullName);
    if (!hosted) throw new Error(`no repository ${fullName}`);
    return hosted;
  };
  return {
    async create(fullName: string, options: CreateOptions = {}): Promise<Hosted> {
      if (!NAME.test(fullName) || all.has(fullName)) throw new Error(`cannot create ${fullName}`);
      const hosted = host(fullName, options, needs);
      await hosted.git.init();
      all.set(fullName, hosted);
      return hosted;
    },
    /** Gives it another name under the same owner; the old one leads to it from then on. */
    rename(fullName: string, name: string): Hosted {
      const hosted = get(fullName);
      const to = `${hosted.owner}/${name}`;
      if (!NAME.test(to) || all.has(to)) throw new Error(`cannot rename ${fullName}`);
      all.delete(fullName);
      former.set(fullName, hosted);
      all.set(to, Object.assign(hosted, { name, fullName: to }));
      return hosted;
    },
    find: (fullName: string): Hosted | undefined => all.get(fullName),
    moved: (fullName: string): Hosted | undefined => former.get(fullName),
    all: (): readonly Hosted[] => [...all.values()],
    isOrganization: (account: string): boolean => needs.organizations.includes(account),
    get,
  };
};

export type Repositories = ReturnType<typeof createRepositories>;

const remember = (hosted: Hosted, { ref, before, after, forced, pusher }: Moved, at: number): void => {
  if (!ref.startsWith('refs/heads/') || before === after) return;
  const plain = forced ? 'force_push' : 'push';
  const kind = before === ZERO ? 'branch_creation' : after === ZERO ? 'branch_deletion' : plain;
  const id = hosted.id * 1000 + hosted.activity.length + 1;
  hosted.activity.push({ id, ref, before, after, at, kind, login: pusher });
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
    const onTop = !push.force && !push.base && push.commits.every(({ parents }) => parents === undefined);
    const forced = head !== undefined && !onTop && (await git.mergeBase(head, after)) !== head;
    hosted.pushedAt = at;
    const moved = { ref, before: head ?? ZERO, after, forced, pusher, made };
    remember(hosted, moved, at);
    return moved;
  });

/** Deletes a branch; its commits stay, dangling, as on GitHub. */
export const deleteBranch = (hosted: Hosted, branch: string, at: number): Promise<Moved> =>
  hosted.turn(async () => {
    const ref = `refs/heads/${branch}`;
    const before = await hosted.git.resolve(ref);
    if (!before) throw new Error(`no branch ${branch}`);
    await hosted.git.deleteRef(ref);
    const moved = { ref, before, after: ZERO, forced: false, pusher: 'octocat', made: [] };
    remember(hosted, moved, at);
    return moved;
  });
