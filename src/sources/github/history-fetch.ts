import { isGitFailure } from '../git-failure.ts';
import type { Remote } from '../git-remote.ts';
import { type HistoryItem, ONE } from './history-item.ts';

/** Where the default branch stands in the copy. */
const MAIN = 'refs/keyfuse/main';

/** What `git log` is asked for, in a copy that was fetched for it. */
export const revisionsOf = (item: HistoryItem): readonly string[] => {
  if ('whole' in item) return ['--all'];
  if ('upTo' in item) return [item.upTo];
  if ('only' in item) return [ONE, item.only];
  return [item.head, '--not', item.base ?? MAIN];
};

/** Fetches what is needed, and gives what `git log` is to be asked for. */
export const fetchItem = async (item: HistoryItem, remote: Remote): Promise<readonly string[]> => {
  if ('whole' in item) await remote.fetch();
  else if ('upTo' in item) await remote.fetch([item.upTo]);
  else if ('only' in item) await remote.fetch([item.only], 2);
  else return fetchBetween(item, remote);
  await remote.settle();
  return revisionsOf(item);
};

const fetchBetween = async (
  item: Extract<HistoryItem, { head: string }>,
  remote: Remote,
): Promise<readonly string[]> => {
  const { base, head } = item;
  await remote.fetch([head, `+HEAD:${MAIN}`]);
  const hasBase =
    base !== undefined &&
    (await remote.fetch([base]).then(
      () => true,
      (error: unknown) => {
        if (isGitFailure(error) && error.git === 'gone') return false;
        throw error;
      },
    ));
  // Without its base more is read than need be, and a copy that is found again would not know. What is on the default
  // branch itself is not in what that has not.
  if (base !== undefined && !hasBase) return (await remote.isWithin(head, MAIN)) ? [head] : [head, '--not', MAIN];
  await remote.settle();
  return revisionsOf(item);
};
