import { systemClock } from '../core/clock.ts';
import type { Item } from '../keys/inventory.ts';

const DAY_MS = 86_400_000;

/** Whole days since then, `-` for never. */
export const daysAgo = (at: number | undefined): string =>
  at === undefined ? '-' : `${Math.floor((systemClock.now() - at) / DAY_MS)} d`;

/** ISO, null for never. */
export const timeOf = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());

/** A key as machines get it. */
export const jsonOf = ({ owner, createdAt, lastUsedAt, expiresAt, ...key }: Item) => ({
  ...{ ...key, organization: owner.organization, user: owner.type === 'user' ? owner.id : null },
  ...{ createdAt: timeOf(createdAt), lastUsedAt: timeOf(lastUsedAt), expiresAt: timeOf(expiresAt) },
});

/** RFC 4180. A spreadsheet takes a cell that begins with one of these for a formula: names are strangers' text. */
const cell = (text: string): string => {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

const COLUMNS = [
  ...(['id', 'environment', 'name', 'masked', 'organization', 'user', 'permissions'] as const),
  ...(['createdAt', 'lastUsedAt', 'expiresAt', 'flags'] as const),
] as const;

/** Lines, each with its end. */
export function* csvOf(items: Iterable<Item>): Generator<string> {
  yield `${COLUMNS.join(',')}\r\n`;
  for (const item of items) {
    const row = jsonOf(item);
    yield `${COLUMNS.map((name) => cell([row[name] ?? []].flat().join(' '))).join(',')}\r\n`;
  }
}
