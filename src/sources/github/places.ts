import type { Clock } from '../../core/clock.ts';
import type { SqlRow, Store } from '../../core/store.ts';
import { createBell } from '../waiting.ts';
import { isRepoName } from './repo-name.ts';

/** A hook as GitHub names it in the headers of its deliveries; that of an App has no owner that is asked for it. */
export interface Hook {
  readonly id: string;
  readonly kind: 'repository' | 'organization' | 'app';
  /** `owner/name`, or an organization; empty for an App. */
  readonly owner: string;
}

/** Where we are told of things: hooks and repositories, durable, so that after an outage we know what to ask for. */
export interface Places {
  /** Remembers what a delivery came from. Cheap when it is known. */
  saw(place: { readonly hook?: Hook | undefined; readonly repo?: string | undefined }): Promise<void>;
  hooks(): readonly Hook[];
  /** And when each was seen first (epoch ms). */
  repositories(): readonly { readonly name: string; readonly since: number }[];
  /** Resolves when a repository is new; one that came before it was asked for is not lost. */
  fresh(): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** One that was seen first after `then` stays. */
  drop(repo: string, then: number): Promise<void>;
}

const DDL = `
create table if not exists github_hooks (id text primary key, kind text not null, owner text not null) without rowid;
create table if not exists github_repositories (
  name text primary key collate nocase, since integer not null) without rowid;`;

const kinds = ['repository', 'organization', 'app'] as const;

export const createPlaces = (store: Store, clock: Pick<Clock, 'now'>): Places => {
  store.migrate(DDL);
  const bell = createBell();
  const known = new Set<string>();
  const once = async (name: string, write: () => Promise<unknown>): Promise<void> => {
    if (known.has(name)) return;
    await write();
    known.add(name);
  };
  return {
    async saw({ hook, repo }) {
      if (hook)
        await once(`hook ${hook.id} ${hook.owner}`, () =>
          store.write((sql) => {
            const text = 'insert into github_hooks values (?, ?, ?) on conflict do update set owner = excluded.owner';
            sql.run(text, hook.id, hook.kind, hook.owner);
          }),
        );
      if (repo)
        await once(`repo ${repo}`, async () => {
          const text = 'insert or ignore into github_repositories values (?, ?)';
          const { changes } = await store.write((sql) => sql.run(text, repo, clock.now()));
          if (changes > 0) bell.ring();
        });
    },
    fresh: bell.rung,
    hooks: () => store.read((sql) => sql.all('select * from github_hooks order by id')).flatMap(hookIn),
    repositories: () =>
      store
        .read((sql) => sql.all('select * from github_repositories order by name'))
        .map((row) => ({ name: String(row['name']), since: Number(row['since']) })),
    async rename(from, to) {
      known.delete(`repo ${from}`);
      await store.write((sql) => {
        sql.run('update or replace github_repositories set name = ? where name = ?', to, from);
        sql.run('update github_hooks set owner = ? where owner = ?', to, from);
      });
    },
    async drop(repo, then) {
      known.delete(`repo ${repo}`);
      await store.write((sql) => sql.run('delete from github_repositories where name = ? and since <= ?', repo, then));
    },
  };
};

const hookIn = (row: SqlRow): readonly Hook[] =>
  kinds
    .filter((kind) => kind === row['kind'])
    .map((kind) => ({ id: String(row['id']), kind, owner: String(row['owner']) }));

/** The hook of a delivery, by its headers and its payload's names; undefined when they are not GitHub's. */
export const hookOf = (
  headers: Readonly<Record<string, unknown>>,
  { repo, organization }: { readonly repo?: string | undefined; readonly organization?: string | undefined },
): Hook | undefined => {
  const id = headers['x-github-hook-id'];
  const target = headers['x-github-hook-installation-target-type'];
  if (typeof id !== 'string' || !/^\d{1,20}$/.test(id)) return undefined;
  if (target === 'integration') return { id, kind: 'app', owner: '' };
  if (target === 'repository' && repo && isRepoName(repo)) return { id, kind: 'repository', owner: repo };
  const isName = organization !== undefined && /^[\w-]{1,100}$/.test(organization);
  return target === 'organization' && isName ? { id, kind: 'organization', owner: organization } : undefined;
};
