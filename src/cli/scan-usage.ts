import { misuse } from './io.ts';
import type { ScanOptions } from './scan-options.ts';

/** Options that say nothing without another, or against it, are refused: whoever gave them would think they hold. */
export const checkUsage = ({ git, staged, since, everyCommit }: ScanOptions): void => {
  if (git && staged) throw misuse('--git and --staged: give one of them');
  if (git) return;
  if (since !== undefined) throw misuse('--since is for histories: it needs --git');
  if (everyCommit) throw misuse('--every-commit is for histories: it needs --git');
};
