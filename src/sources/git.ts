import { spawn, spawnSync } from 'node:child_process';
import { isAbsolute } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a repository's own settings could make git run, or leave out. */
const settings = [
  ...['core.quotePath=false', 'core.fsmonitor=false', 'core.hooksPath=/dev/null', 'core.pager=cat'],
  ...[
    'i18n.logOutputEncoding=UTF-8',
    'log.showSignature=false',
    'log.showRoot=true',
    'protocol.allow=never',
    'gc.auto=0',
    'color.ui=false',
  ],
].flatMap((one) => ['-c', one]);

const before = ['--no-pager', '--no-optional-locks', '--no-replace-objects', ...settings];

/** What a hook is given to find the repository and the index that it is about. */
const ofHooks = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
];

const environment = (env: Environment, hook: boolean): Record<string, string> => {
  const kept = ['HOME', 'XDG_CONFIG_HOME', ...(hook ? ofHooks : [])].flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  // A relative folder in PATH would be one of the repository that is scanned.
  const path = (env['PATH'] ?? '').split(':').filter(isAbsolute).join(':');
  return {
    ...Object.fromEntries(kept),
    ...{ PATH: path, LC_ALL: 'C', GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0', GIT_GRAFT_FILE: '/dev/null' },
    ...{ GIT_NO_LAZY_FETCH: '1', GIT_OPTIONAL_LOCKS: '0' },
  };
};

export interface GitNeeds {
  /** The repository, or a folder in it: only what is below is seen. */
  readonly dir: string;
  readonly env: Environment;
  /** We may be a hook of this repository: its index may be another than usual. */
  readonly hook?: boolean;
}

const failure = (stderr: string): Error => {
  const [line = 'git failed'] = stderr.split('\n').filter((text) => text !== '');
  return Object.assign(new Error(line), { code: `git: ${line.replace(/^(fatal|error): /, '')}` });
};

/** Runs git, read only, on a repository that may be hostile: none of its hooks, filters, drivers or pagers run. */
export const startGit = (args: readonly string[], { dir, env, hook = false }: GitNeeds) => {
  const child = spawn('git', [...before, ...args], { cwd: dir, env: environment(env, hook), stdio: 'pipe' });
  let said = '';
  child.stderr.on('data', (piece: Buffer) => {
    said = `${said}${piece.toString()}`.slice(0, 4_096);
  });
  child.stdin.on('error', () => undefined); // it ended before it was asked
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? Object.assign(error, { code: 'git is not installed' }) : error),
    );
    child.once('close', (code) => (code === 0 ? resolve() : reject(failure(said))));
  });
  ended.catch(() => undefined); // told to whoever waits for the end
  return { output: child.stdout, input: child.stdin, ended, kill: () => child.kill() };
};

const MOST_LISTED = 1024 ** 3;

/** Files below a folder that git does not ignore, as paths from there; undefined outside of a work tree. */
export const unignored = ({ dir, env }: GitNeeds): readonly Buffer[] | undefined => {
  const args = [...before, 'ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const { status, stdout } = spawnSync('git', args, { cwd: dir, env: environment(env, false), maxBuffer: MOST_LISTED });
  if (status !== 0) return undefined;
  const names: Buffer[] = [];
  for (let at = 0, end = stdout.indexOf(0); end >= 0; at = end + 1, end = stdout.indexOf(0, at))
    names.push(stdout.subarray(at, end));
  return names;
};
