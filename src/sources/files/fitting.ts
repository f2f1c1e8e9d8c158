import type { Dirent } from 'node:fs';
import { glob, realpath, stat } from 'node:fs/promises';
import { join, matchesGlob, resolve, sep } from 'node:path';

export const isPattern = (path: string): boolean => /[*?]|\[.+\]|\{.+\}/.test(path);

/** Whether one of them stands for that path; what is relative begins where we run. */
export const fits = (path: string, patterns: Iterable<string>): boolean =>
  [...patterns].some((one) => path === one || matchesGlob(resolve(path), resolve(one)));

interface Asked {
  readonly pattern: string;
  /** Where it begins, if it is relative. */
  readonly cwd: string;
}

/**
 * What fits a pattern, as `node:fs` knows it, which passes over links to directories: those that fit a step of it are gone
 * through here, each real one once. Those that only `**` fits are not: such a search would have no end.
 */
export async function* fitting({ pattern, cwd }: Asked, seen = new Set<string>()): AsyncGenerator<Dirent> {
  yield* glob(pattern, { cwd, withFileTypes: true });
  for (const [front, rest] of cutsOf(pattern)) {
    for await (const entry of glob(front, { cwd, withFileTypes: true })) {
      const link = join(entry.parentPath, entry.name);
      const real = entry.isSymbolicLink() ? await realFolder(link) : undefined;
      if (real === undefined || seen.has(`${rest} ${real}`)) continue;
      seen.add(`${rest} ${real}`);
      yield* fitting({ pattern: rest, cwd: link }, seen);
    }
  }
}

/** The steps that may stand for links to directories, each with what leads there and what is to be found behind it. */
const cutsOf = (pattern: string): readonly (readonly [string, string])[] => {
  const steps = pattern.split(new RegExp(`${sep}(?![^{]*\\})`)); // None within braces.
  const deep = steps.findIndex((step) => step.includes('**'));
  const last = deep < 0 ? steps.length - 1 : deep;
  return steps.slice(0, last).flatMap((step, i) => {
    const cut = [steps.slice(0, i + 1).join(sep), steps.slice(i + 1).join(sep)] as const;
    return isPattern(step) ? [cut] : [];
  });
};

const realFolder = async (link: string): Promise<string | undefined> => {
  const stats = await stat(link).catch(() => undefined);
  return stats?.isDirectory() ? await realpath(link).catch(() => undefined) : undefined;
};
