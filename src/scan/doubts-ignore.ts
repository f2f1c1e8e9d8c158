/** Who may tell us by a comment that a key is meant to stand where it stands: nobody, our comment, or also other tools'. */
export type InlineIgnore = 'none' | 'ours' | 'all';

/** On the line of the key. Comments that switch off every kind of check (`nosec`, `NOSONAR`) say nothing of secrets. */
const ours = ['keyfuse:ignore'];
const foreign = [
  'gitleaks:allow', // https://github.com/gitleaks/gitleaks#gitleaksallow
  'betterleaks:allow', // https://github.com/betterleaks/betterleaks
  'trufflehog:ignore', // https://docs.trufflesecurity.com/ignoring-results
  'kingfisher:ignore', // https://github.com/mongodb/kingfisher
  'kingfisher:allow',
  'pragma: ?(?:allow|white)list[ -]secret', // https://github.com/Yelp/detect-secrets#inline-allowlisting
  'ggignore', // https://docs.gitguardian.com/ggshield-docs/reference/secret/ignore
  'secretlint-disable-line', // https://github.com/secretlint/secretlint
  'HashiCorpIgnore', // https://developer.hashicorp.com/hcp/docs/vault-radar/manage/write-inline-ignore-rules
  'checkov:skip=CKV_SECRET_[0-9]+', // https://www.checkov.io/7.Scan%20Examples/Secrets.html
];

/** On the line before. */
const oursBefore = ['keyfuse:ignore-next-line'];
const foreignBefore = [
  'secretlint-disable-next-line',
  'pragma: ?(?:allow|white)list[ -]nextline[ -]secret',
  'kingfisher:ignore',
  'kingfisher:allow',
  'no-dd-secrets', // Datadog's: on the line before only
];

const anyOf = (marks: readonly string[]): RegExp => new RegExp(`(?<![\\w-])(?:${marks.join('|')})(?![\\w-])`, 'i');

/** Does a comment on the line, or on the line before, ask to pass over what stands there? */
export const createIgnores = (who: InlineIgnore): ((line: string, before: string) => boolean) => {
  if (who === 'none') return () => false;
  const here = anyOf(who === 'all' ? [...ours, ...foreign] : ours);
  const above = anyOf(who === 'all' ? [...oursBefore, ...foreignBefore] : oursBefore);
  return (line, before) => here.test(line) || above.test(before);
};
