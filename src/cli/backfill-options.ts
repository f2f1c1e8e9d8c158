import type { Command } from 'commander';

export interface BackfillOptions {
  readonly all?: boolean;
  readonly config?: string;
  readonly json?: boolean;
  readonly progress: boolean;
  /** Of Keyfuse. */
  readonly version: string;
}

const examples = `
Examples:
  keyfuse backfill acme/app            its whole past: every branch, tag and pull request, the wiki, and what people wrote
  keyfuse backfill acme/app acme/api --json
  keyfuse backfill --all               every repository that the App is installed on, or that GITHUB_TOKEN may see

Credentials are those of the settings: APP_ID and PRIVATE_KEY, or GITHUB_TOKEN; without any, public repositories only.
What is found goes onto the topic, and is dealt with as what leaks now: judged, and deleted if it is live (KEYFUSE_MODE=watch
only looks). Where a daemon runs on the same data directory it does the work, and this only shows how far it is.

It can be ended at any time: the same command goes on where it was, and so does the daemon when it starts.
A repository is fetched into DATA_DIR/git, read there newest first, and removed.

Exit codes: 0 all of it was read · 2 wrong usage, ended early, or something stayed unscanned: it is named, and tried again
by the daemon`;

/** Gives the command its arguments, options and help. */
export const describeBackfill = (command: Command): Command =>
  command
    .description('find keys in the whole past of GitHub repositories')
    .argument('[owner/name...]', 'repositories')
    .option('--all', 'every repository that our credentials see')
    .option('--no-progress', 'say nothing of how far it is')
    .addHelpText('after', examples)
    .hook('preAction', (backfill) => {
      // Whoever names one may mean that one alone, and what is found is deleted.
      if (backfill.opts()['all'] && backfill.args.length > 0)
        backfill.error('error: --all is every repository: give it, or OWNER/NAME, not both');
    });
