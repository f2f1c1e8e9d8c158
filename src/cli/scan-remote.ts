import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isLoopback } from '../config-kinds.ts';
import { readGithubSettings } from '../config-read.ts';
import { systemClock as clock } from '../core/clock.ts';
import { publicText } from '../core/origin.ts';
import { isGitFailure } from '../sources/git-failure.ts';
import { createRemote, type FetchProgress, fetchProgressOf } from '../sources/git-remote.ts';
import type { Io } from './io.ts';
import { misuse } from './io.ts';
import type { ScanOptions } from './scan-options.ts';

/** Is this a repository elsewhere, and no path? */
const isRemote = (path: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(path);

/** `git@host:owner/name`, as ssh writes it; a file may be called so too. */
const isSsh = (path: string): boolean => /^[\w.-]+@[\w.-]+:/.test(path) && !existsSync(path);

/** The addresses among what is to be scanned. Errors: misuse, for those that are not fetched from. */
export const remotesIn = (places: readonly string[], { git }: Pick<ScanOptions, 'git'>): ReadonlyMap<string, URL> => {
  const elsewhere = git ? '' : ', and add --git';
  if (places.some(isSsh))
    throw misuse(`git is not asked by ssh: give an https URL${elsewhere}, or the path of a clone`);
  const isMeant = (place: string): boolean => isRemote(place) && (git === true || !existsSync(place));
  const remotes = new Map(places.filter(isMeant).map((place) => [place, remoteOf(place)]));
  if (remotes.size > 0 && !git) throw misuse('a URL is the history of a repository elsewhere: add --git');
  return remotes;
};

/** The address of a repository elsewhere. Errors: misuse. */
const remoteOf = (text: string): URL => {
  const url = URL.parse(text);
  if (!url) throw misuse('this is no URL');
  const isPrivate = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
  if (!isPrivate) throw misuse(`${url.protocol}//… is not fetched from; give an https URL, or the path of a clone`);
  // Everybody on this machine can read our arguments.
  if (url.username !== '' || url.password !== '')
    throw misuse('a URL must hold no credential; GITHUB_TOKEN is used for GitHub');
  return url;
};

interface Needs {
  readonly io: Pick<Io, 'env' | 'stop'>;
  /** Of settings. */
  readonly config: string | undefined;
  hear(how: FetchProgress): void;
}

/** A copy of every ref, in a folder of its own that `remove` takes away. Rejects as git says; then nothing stays. */
export const copyRemote = async (url: URL, { io, config, hear }: Needs) => {
  const { env, stop } = io;
  const authorization = await credentialFor(url, { io, config });
  const dir = await mkdtemp(join(tmpdir(), 'keyfuse-clone-'));
  const remove = (): Promise<void> => rm(dir, { recursive: true, force: true });
  const remote = createRemote({
    ...{ url: url.href, authorization, dir, env, stop },
    hear(line) {
      const how = fetchProgressOf(line);
      if (how) hear(how);
    },
  });
  try {
    await remote.fetch();
    return { dir, remove };
  } catch (error) {
    await remove();
    throw isGitFailure(error) ? Object.assign(error, { code: publicText(error.message) }) : error;
  }
};

/** Our credential goes to the GitHub of the settings, and nowhere else. */
const credentialFor = async (url: URL, { io, config }: Pick<Needs, 'io' | 'config'>): Promise<string | undefined> => {
  const { githubClient } = await import('../app-github.ts');
  const settings = await readGithubSettings({ env: io.env, file: config });
  const github = githubClient(settings, { clock, record: async () => undefined });
  const [, repo] = /^\/([\w.-]+\/[\w.-]+?)(?:\.wiki)?(?:\.git)?\/?$/.exec(url.pathname) ?? [];
  return repo !== undefined && url.origin === new URL(github.web).origin ? github.gitHeader(repo) : undefined;
};
