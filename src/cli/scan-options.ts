import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';

export const formats = ['text', 'jsonl', 'sarif'] as const;

export interface ScanOptions {
  readonly format: (typeof formats)[number];
  readonly fingerprint: 'hmac' | 'sha256';
  readonly fingerprintKey?: string;
  readonly config?: string;
  readonly git?: boolean;
  readonly since?: string;
  readonly staged?: boolean;
  readonly everyCommit?: boolean;
  readonly gitignore?: boolean;
  readonly baseline?: string;
  readonly writeBaseline?: string;
  readonly reason?: string;
  readonly expires?: string;
  readonly validate?: boolean;
  readonly rules?: string;
  readonly jobs?: number;
  readonly progress: boolean;
}

const number = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 64) throw new InvalidArgumentError('a number from 1 to 64');
  return value;
};

const examples = `
Examples:
  keyfuse scan                                   this folder; its .git is left out
  keyfuse scan src config app.log.gz             files, folders, archives (gzip, zip, tar, zstd)
  kubectl logs api | keyfuse scan -              standard input
  keyfuse scan --git                             the whole history: every ref, every commit
  keyfuse scan --git --since 2.weeks             what is younger
  keyfuse scan --git https://github.com/acme/app a repository elsewhere, fetched for this; GITHUB_TOKEN goes to GitHub alone
  keyfuse scan --staged                          what is about to be committed (deploy/pre-commit)
  keyfuse scan --format sarif > keyfuse.sarif    for code scanning
  keyfuse scan --rules gitleaks.toml             with the rules you have
  keyfuse scan --validate                        ask the issuers which keys are live; deletes nothing
  keyfuse scan --write-baseline known.json --reason "rotated, see OPS-1" --expires 2027-01-31
  keyfuse scan --baseline known.json             only what is new since

What is found is masked always. A key in a history is told once per path, with its first commit.
One in a commit's message is told as <repo>/COMMIT_EDITMSG, git's own name of the file that a message is written in; one in
a branch's or tag's name, or a tag's message, as <repo>/refs/…. A wiki is a repository of its own: URL.wiki.git.
A finding in an archive is named archive.zip!/path/in/it; its offset is that in the unpacked file.
Not followed or opened: symbolic links, FIFOs, sockets and devices inside folders.

Exit codes: 0 nothing found · 1 keys were found · 2 wrong usage, ended early, or something could not be read
and nothing was found`;

/** Gives the command its arguments, options and help. */
export const describeScan = (command: Command): Command =>
  command
    .description('find keys in files, folders, archives, git histories or standard input; sends nothing anywhere')
    .argument('[path...]', "files, folders, '-' (standard input); with --git also URLs", ['.'])
    .addOption(new Option('--format <format>', 'how findings are written').choices(formats).default('text'))
    .option(
      '--git',
      'the history of the repositories, not the files: every ref, with messages, merges as what they bring in',
    )
    .option('--since <date>', "with --git: commits from this date on; 2026-11-14, '2 weeks ago', 3.days, yesterday")
    .option('--staged', 'what is staged for the next commit, and only that')
    .option('--every-commit', 'with --git: tell a key again for every commit that adds it')
    .option('--gitignore', 'leave out what git ignores')
    .option('--baseline <file>', 'do not tell what this file lists, until it expires')
    .option('--write-baseline <file>', 'list what is found there instead, with --reason')
    .option('--reason <text>', 'with --write-baseline: why these keys may stay')
    .option('--expires <date>', 'with --write-baseline: the last day it counts (default: in 90 days)')
    .option('--rules <file>', 'rules of a gitleaks or betterleaks configuration beside our own')
    .option('--validate', 'ask the issuers whether the keys are live, with the credentials of the settings')
    .addOption(
      new Option('--fingerprint <kind>', 'keyed, or plain SHA-256').choices(['hmac', 'sha256']).default('hmac'),
    )
    .option('--fingerprint-key <file>', "base64 of the HMAC key (else FINGERPRINT_KEY, else the daemon's in DATA_DIR)")
    .addOption(new Option('--jobs <n>', 'threads; default: one per core, at most 4').argParser(number))
    .option('--no-progress', 'no progress bar on a terminal')
    .addHelpText('after', examples);
