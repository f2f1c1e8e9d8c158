/**
 * The owners of a path by a CODEOWNERS file: those of the last pattern that fits, as `@user` or `@org/team`; addresses are
 * left out, for a comment would print them.
 * https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
 */
export const ownersOf = (codeowners: string, path: string): readonly string[] => {
  const rules = codeowners
    .split('\n')
    .map((line) =>
      line
        .replace(/(^|\s)#.*$/, '')
        .trim()
        .split(/\s+/),
    )
    .filter(([pattern]) => pattern !== undefined && pattern !== '');
  const [, ...owners] = rules.findLast(([pattern = '']) => fits(pattern, path)) ?? [];
  return owners.filter((owner) => /^@[\w-]{1,39}(?:\/[\w.-]{1,100})?$/.test(owner));
};

/** As in .gitignore: a slash at the start or in the middle ties a pattern to the root, one at the end means a folder. */
const fits = (pattern: string, path: string): boolean => {
  const isTied = pattern.slice(0, -1).includes('/');
  const body = pattern
    .replace(/^\//, '')
    .replace(/\/$/, '')
    .split('/')
    .map((part) =>
      part === '**'
        ? '**'
        : part
            .replace(/[.+^${}()|[\]\\]/g, '\\$&')
            .replaceAll('*', '[^/]*')
            .replaceAll('?', '[^/]'),
    )
    .join('/')
    .replaceAll('**/', '(?:.*/)?')
    .replaceAll('/**', '/.*');
  // `docs/*` is files of that folder alone; `docs/` and `docs` all that is below.
  const end = pattern.endsWith('/') ? '/.*' : /(^|\/)\*$/.test(pattern) && isTied ? '' : '(?:/.*)?';
  return new RegExp(`${isTied ? '^' : '^(?:.*/)?'}${body}${end}$`).test(path);
};
