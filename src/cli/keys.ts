import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { openInventory } from '../app-inventory.ts';
import { type KeysSettings, readKeysSettings } from '../config-read.ts';
import { environmentsOf } from '../config-rules.ts';
import { systemClock } from '../core/clock.ts';
import { type KeyFlag, keyFlags } from '../core/keeper.ts';
import { excessOf } from '../keys/flags.ts';
import type { Inventory, Item } from '../keys/inventory.ts';
import { openStore } from '../store.ts';
import { columns, type Exit, exits, type Io, misuse, say, when } from './io.ts';
import { csvOf, daysAgo, jsonOf, timeOf } from './keys-formats.ts';

export interface KeysOptions {
  readonly config?: string;
  /** Ask the issuer now, whatever is known. */
  readonly read?: true;
  readonly json?: boolean;
}

export interface ListOptions extends KeysOptions {
  readonly flag?: readonly KeyFlag[];
  readonly organization?: string;
  readonly failOn?: readonly KeyFlag[];
  readonly format?: 'table' | 'json' | 'csv';
}

/** All keys, or those that are asked for. Exit 1 when one of them has a flag of `--fail-on`. */
export const list = async (options: ListOptions, io: Io): Promise<Exit> => {
  const { flag = [], organization, failOn = [], format = 'table' } = options;
  return withInventory(options, io, ({ inventory }) => {
    const asked = inventory
      .all()
      .filter(({ flags }) => flag.length === 0 || flag.some((one) => flags.includes(one)))
      .filter(({ owner }) => organization === undefined || owner.organization === organization);
    if (format === 'json') for (const item of asked) say(io.stdout, JSON.stringify(jsonOf(item)));
    else if (format === 'csv') say(io.stdout, csvOf(asked));
    else if (asked.length === 0) say(io.stderr, 'no such keys');
    else say(io.stdout, columns([HEAD, ...asked.map(rowOf)]));
    return asked.some(({ flags }) => failOn.some((one) => flags.includes(one))) ? exits.findings : exits.fine;
  });
};

/** One key, whole. Exit 2 when there is none of that id. */
export const show = async ({ id, ...options }: KeysOptions & { readonly id: string }, io: Io): Promise<Exit> =>
  withInventory(options, io, ({ inventory, settings }) => {
    const found = inventory.find(id);
    if (found.length === 0) {
      say(io.stderr, `keyfuse: the issuer has no key ${id}`);
      return exits.usage;
    }
    for (const item of found) {
      const excess = excessOf(item, settings.keys);
      if (options.json) say(io.stdout, JSON.stringify({ ...jsonOf(item), excess }));
      else showOne(item, excess, io.stdout);
    }
    return exits.fine;
  });

/** How many keys there are, and what is wrong with them. Exit 1 when something is. */
export const report = async (options: KeysOptions, io: Io): Promise<Exit> =>
  withInventory(options, io, ({ inventory }) => {
    const all = inventory.all();
    const of = (flag: KeyFlag): readonly Item[] => all.filter(({ flags }) => flags.includes(flag));
    const flagged = all.filter(({ flags }) => flags.length > 0);
    const counts = Object.fromEntries(keyFlags.map((flag) => [flag, of(flag).length]));
    const organizations = new Set(all.map(({ owner }) => owner.organization)).size;
    const oldest = timeOf(all[0]?.createdAt);
    if (options.json)
      say(io.stdout, JSON.stringify({ keys: all.length, organizations, flagged: flagged.length, counts, oldest }));
    else {
      say(io.stdout, `${all.length} keys of ${organizations} organizations, the oldest from ${oldest ?? '-'}`);
      const rows = keyFlags.map((flag) => [flag, String(counts[flag]), namesOf(of(flag))]);
      say(io.stdout, columns([['FLAG', 'KEYS', 'ORGANIZATIONS WITH MOST'], ...rows]));
    }
    return flagged.length > 0 ? exits.findings : exits.fine;
  });

interface Opened {
  readonly inventory: Inventory;
  readonly settings: KeysSettings;
}

/** What is known, read first where nothing is, or when it is asked for. Says how old it is. */
const withInventory = async (
  { config: file, read }: KeysOptions,
  io: Io,
  answer: (opened: Opened) => Exit,
): Promise<Exit> => {
  const settings = await readKeysSettings({ env: io.env, file });
  const names = environmentsOf(settings);
  if (names.length === 0)
    throw misuse('keys are listed with a credential of ours: WORKOS_API_KEY, or workos.environments in the settings');
  const store = openStore(join(settings.dataDir, 'keyfuse.db'));
  try {
    const record = async (): Promise<void> => undefined;
    const inventory = openInventory(settings, { store, clock: systemClock, record });
    const isUnread = names.some((name) => inventory.freshness(name).readAt === undefined);
    if (read || isUnread) await inventory.readAll(io.stop, createProgress(io.stderr));
    if (io.stop.aborted) return exits.findings;
    for (const name of names) sayAge(name, inventory, io.stderr);
    return answer({ inventory, settings });
  } finally {
    await store.close();
  }
};

const PROGRESS_EVERY_MS = 1_000;

/** Says now and then how far a reading is. */
export const createProgress = (stderr: Writable): Parameters<Inventory['readAll']>[1] => {
  let last = systemClock.monotonic();
  return ({ environment, owners, keys }) => {
    const now = systemClock.monotonic();
    if (now - last < PROGRESS_EVERY_MS) return;
    last = now;
    say(stderr, `reading ${environment}: ${keys} keys of ${owners} owners`);
  };
};

const sayAge = (environment: string, { freshness }: Inventory, stderr: Writable): void => {
  const { readAt, followedAt } = freshness(environment);
  const ago = (at: number | undefined): string =>
    at === undefined ? 'never' : `${Math.round((systemClock.now() - at) / 1_000)} s ago`;
  say(stderr, `${environment}: all keys read ${ago(readAt)}, events followed until ${ago(followedAt)}`);
};

const HEAD = ['KEY', 'NAME', 'ORGANIZATION', 'USER', 'AGE', 'USED', 'EXPIRES', 'PERMISSIONS', 'FLAGS'];

const rowOf = ({ id, name, owner, permissions, flags, ...key }: Item): readonly string[] => [
  ...[id, name, owner.organization, owner.type === 'user' ? owner.id : '-', daysAgo(key.createdAt)],
  ...[daysAgo(key.lastUsedAt), when(key.expiresAt).slice(0, 10), permissions.join(',') || '-', flags.join(',') || '-'],
];

const showOne = (item: Item, excess: readonly string[], stdout: Writable): void => {
  const { id, name, masked, environment, owner, permissions, flags } = item;
  const rows = [
    ['key', id],
    ['name', name],
    ['looks like', masked],
    ['environment', environment],
    ['organization', owner.organization],
    ['user', owner.type === 'user' ? owner.id : '-'],
    ['permissions', permissions.join(', ') || 'none'],
    ['of them too many', excess.join(', ') || 'none'],
    ['made', when(item.createdAt)],
    ['used last', when(item.lastUsedAt)],
    ['ends', when(item.expiresAt)],
    ['flags', flags.join(', ') || 'none'],
  ];
  say(stdout, columns(rows));
};

const MOST_NAMES = 3;

const namesOf = (items: readonly Item[]): string => {
  const counts = Map.groupBy(items, ({ owner }) => owner.organization);
  const most = [...counts].sort(([, one], [, other]) => other.length - one.length).slice(0, MOST_NAMES);
  return most.map(([organization, { length }]) => `${organization} (${length})`).join(', ');
};
