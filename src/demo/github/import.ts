/** A commit to be made: what each path then holds (null deletes it), on top of `parents` (default: the one before). */
export interface NewCommit {
  readonly message: string;
  readonly files: Readonly<Record<string, string | Buffer | null>>;
  /** Shas, or places in the same push; none makes a root commit, two a merge. */
  readonly parents?: readonly (string | number)[];
  readonly author?: Person;
}

export interface Person {
  readonly name: string;
  readonly email: string;
}

const data = (content: string | Buffer): Buffer => {
  const bytes = Buffer.from(content as string);
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')]);
};

const quote = (path: string): string => `"${path.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n')}"`;

/** Where a series of commits goes. */
export interface Import {
  readonly ref: string;
  readonly base: string | undefined;
  readonly author: Person;
  /** Seconds since 1970, of every commit alike: git's walks go wrong when a child is older than its parent. */
  readonly at: number;
}

/** The commits in the language of `git fast-import` (https://git-scm.com/docs/git-fast-import), asking for their shas. */
export const importStream = (commits: readonly NewCommit[], to: Import): Buffer =>
  Buffer.concat(commits.map((commit, place) => commitStream(commit, place, to)));

const commitStream = (commit: NewCommit, place: number, { ref, base, author, at }: Import): Buffer => {
  const before = place > 0 ? [place - 1] : base === undefined ? [] : [base];
  const parents = (commit.parents ?? before).map((parent) => (typeof parent === 'number' ? `:${parent + 1}` : parent));
  const who = `${commit.author?.name ?? author.name} <${commit.author?.email ?? author.email}> ${at} +0000`;
  const head = `reset ${ref}\n\ncommit ${ref}\nmark :${place + 1}\nauthor ${who}\ncommitter ${who}\n`;
  const lines = parents.map((parent, n) => `${n === 0 ? 'from' : 'merge'} ${parent}\n`).join('');
  const files = Object.entries(commit.files).flatMap(([path, content]) =>
    content === null
      ? [Buffer.from(`D ${quote(path)}\n`)]
      : [Buffer.from(`M 100644 inline ${quote(path)}\n`), data(content)],
  );
  const end = Buffer.from(`\nget-mark :${place + 1}\n`);
  return Buffer.concat([Buffer.from(head), data(commit.message), Buffer.from(lines), ...files, end]);
};
