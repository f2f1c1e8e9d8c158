/**
 * What git complains of; `gone`: the other side does not have a commit, `absent`: nor the repository (or hides it),
 * `denied`: it has it, perhaps, and not for us.
 */
export interface GitFailure extends Error {
  readonly git: 'absent' | 'denied' | 'gone' | 'unreached' | 'missing' | 'failed';
  /** For people. */
  readonly code: string;
}

export const isGitFailure = (error: unknown): error is GitFailure => error instanceof Error && 'git' in error;

/** There is no git command here. */
export const missingGit = (): GitFailure => failed('git is not installed', 'missing');

/** Of what git said at its end. It may hold the URL; that has no credential in it. */
export const gitFailure = (said: string): GitFailure => {
  const lines = said.split(/[\r\n]/).filter((text) => text !== '');
  const line = lines.find((text) => /^(fatal|error): /.test(text)) ?? lines[0] ?? 'git failed';
  const text = `git: ${line.replace(/^(fatal|error): /, '')}`;
  return failed(text, kindsOf.find(([pattern]) => pattern.test(text))?.[1] ?? 'failed');
};

const failed = (text: string, git: GitFailure['git']): GitFailure =>
  Object.assign(new Error(text), { code: text, git });

const kindsOf: readonly (readonly [RegExp, GitFailure['git']])[] = [
  [/not our ref|couldn't find remote ref|bad object|unadvertised object/i, 'gone'],
  [/authentication failed|could not read username|access denied|error: 40[13]|terminal prompts disabled/i, 'denied'],
  [/not found|error: 404/i, 'absent'],
  [/unable to access|could not resolve|timed out|early eof|hung up|connection|rpc failed/i, 'unreached'],
];
