import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { isAbsolute } from 'node:path';
import { gitFailure, missingGit } from './git-failure.ts';
import { watchGit } from './git-watch.ts';

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

/** How other machines are reached, and whom git is to trust there. */
const ofNetworks = [
  ...['http_proxy', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY', 'no_proxy', 'NO_PROXY'],
  ...['GIT_SSL_CAINFO', 'GIT_SSL_CAPATH'],
];

const environment = (env: Environment, more: readonly string[] = []): Record<string, string> => {
  const kept = ['HOME', 'XDG_CONFIG_HOME', ...more].flatMap((name) => {
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
  /** Of calls that speak with another machine; without it none may. */
  readonly remote?: GitRemote | undefined;
  /** The longest that it may compute before `moved` is called again (ms of a processor). */
  readonly cpuMs?: number;
}

export interface GitRemote {
  readonly url: string;
  /** The value of an `Authorization` header; it goes to that host alone. */
  readonly authorization?: string | undefined;
  /** Hears what git says of its progress, a line at a time. */
  readonly hear?: ((line: string) => void) | undefined;
}

/** A remote that stalls for so long is given up. */
const STALL_SECONDS = '60';

/** What lets git speak with one host and no other. The credential is in no argument, where every user could read it. */
const reaching = ({ url, authorization }: GitRemote) => {
  const { protocol, origin } = new URL(url);
  const allowed = [
    ...[`protocol.${protocol.slice(0, -1)}.allow=always`, 'http.followRedirects=false', 'credential.helper='],
    ...['http.lowSpeedLimit=1', `http.lowSpeedTime=${STALL_SECONDS}`, 'fetch.recurseSubmodules=false'],
    // Old histories have faults that hurt nobody.
    ...['fetch.fsckObjects=false', 'transfer.fsckObjects=false', 'transfer.credentialsInUrl=die'],
  ].flatMap((one) => ['-c', one]);
  const config = [
    // The longest wins: a user's own setting may send all that begins so elsewhere, by ssh mostly.
    [`url.${url}.insteadOf`, url],
    ...(authorization === undefined ? [] : [[`http.${origin}/.extraHeader`, `Authorization: ${authorization}`]]),
  ].flatMap(([key = '', value = ''], n) => [
    [`GIT_CONFIG_KEY_${n}`, key] as const,
    [`GIT_CONFIG_VALUE_${n}`, value] as const,
  ]);
  return { allowed, env: { GIT_CONFIG_COUNT: String(config.length / 2), ...Object.fromEntries(config) } };
};

/**
 * Runs git, read only, on a repository that may be hostile: none of its hooks, filters, drivers or pagers run, and it takes
 * no more than git-watch.ts allows. `ended` rejects with `GitFailure`.
 */
export const startGit = (args: readonly string[], { dir, env, hook = false, remote, cpuMs }: GitNeeds) => {
  const reach = remote && reaching(remote);
  const child = spawn('git', [...before, ...(reach?.allowed ?? []), ...args], {
    ...{ cwd: dir, stdio: 'pipe', detached: remote !== undefined },
    env: { ...environment(env, [...(hook ? ofHooks : []), ...(reach ? ofNetworks : [])]), ...reach?.env },
  });
  let said = '';
  child.stderr.on('data', (piece: Buffer) => {
    said = `${said}${piece.toString()}`.slice(-4_096);
    for (const line of piece.toString().split(/[\r\n]+/)) if (line !== '') remote?.hear?.(line);
  });
  child.stdin.on('error', () => undefined); // it ended before it was asked
  const kill = (): void => killTree(child, remote !== undefined);
  const watch = child.pid === undefined ? undefined : watchGit(child.pid, { cpuMs, disk: remote && { dir } }, kill);
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? missingGit() : gitFailure(error.message)),
    );
    child.once('close', (code) => {
      watch?.close();
      if (code === 0) resolve();
      else reject(gitFailure(watch?.over() ?? said));
    });
  });
  ended.catch(() => undefined); // told to whoever waits for the end
  return { output: child.stdout, input: child.stdin, ended, kill, moved: () => watch?.moved() };
};

/** All that git says on standard output. Rejects with `GitFailure`, also when `stop` fires: it ends then. */
export const askGit = async (
  args: readonly string[],
  { stop, ...needs }: GitNeeds & { readonly stop: AbortSignal },
): Promise<string> => {
  const git = startGit(args, needs);
  stop.addEventListener('abort', git.kill, { once: true });
  if (stop.aborted) git.kill();
  try {
    const said: Buffer[] = [];
    for await (const piece of git.output) said.push(piece);
    await git.ended;
    return Buffer.concat(said).toString();
  } finally {
    stop.removeEventListener('abort', git.kill);
  }
};

/** What speaks with another machine is a child of git, which outlives it: all of its group is ended. */
const killTree = (child: ChildProcess, isGroup: boolean): void => {
  if (!isGroup || child.pid === undefined) return void child.kill();
  try {
    process.kill(-child.pid);
  } catch {
    // It has ended.
  }
};

/** `2.47.3`; undefined where there is no git. */
export const gitVersion = (env: Environment): string | undefined =>
  spawnSync('git', ['--version'], { encoding: 'utf8', env: environment(env) }).stdout?.match(/\d+(?:\.\d+)+/)?.[0];

const MOST_LISTED = 1024 ** 3;

/** Files below a folder that git does not ignore, as paths from there; undefined outside of a work tree. */
export const unignored = ({ dir, env }: GitNeeds): readonly Buffer[] | undefined => {
  const args = [...before, 'ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const { status, stdout } = spawnSync('git', args, { cwd: dir, env: environment(env), maxBuffer: MOST_LISTED });
  if (status !== 0) return undefined;
  const names: Buffer[] = [];
  for (let at = 0, end = stdout.indexOf(0); end >= 0; at = end + 1, end = stdout.indexOf(0, at))
    names.push(stdout.subarray(at, end));
  return names;
};
