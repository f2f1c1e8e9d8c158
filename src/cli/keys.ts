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
import { columns, createWidths, type Exit, exits, type Io, misuse, say, when } from './io.ts';
import { csvOf, daysAgo, jsonOf, timeOf } from './keys-formats.ts';
import { mostOf, reportOf, sumOf } from './keys-report.ts';

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
  const isAsked = ({ flags, owner }: Item): boolean =>
    (flag.length === 0 || flag.some((one) => flags.includes(one))) &&
    (organization === undefined || owner.organization === organization);
  return withInventory(options, io, ({ inventory }) => {
    let fails = false;
    /** There may be very many: one page at a time. */
    function* asked(): Generator<Item> {
      for (const page of inventory.pages()) {
        for (const item of page.filter(isAsked)) {
          fails ||= item.flags.some((one) => failOn.includes(one));
          yield item;
        }
      }
    }
    if (format === 'json') for (const item of asked()) say(io.stdout, JSON.stringify(jsonOf(item)));
    else if (format === 'csv') for (const line of csvOf(asked())) io.stdout.write(line);
    else sayTable(asked, io);
    return fails ? exits.findings : exits.fine;
  });
};

/** Twice through all of them: for the widths of the columns, then for the rows. */
const sayTable = (asked: () => Iterable<Item>, { stdout, stderr }: Io): void => {
  const widths = createWidths(HEAD);
  for (const item of asked()) widths.add(rowOf(item));
  if (widths.rows() === 0) say(stderr, 'no such keys');
  else say(stdout, widths.line(HEAD));
  for (const item of asked()) say(stdout, widths.line(rowOf(item)));
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
    const { keys, organizations, flagged, oldest, of } = reportOf(inventory.pages());
    const counts = Object.fromEntries(keyFlags.map((flag) => [flag, sumOf(of[flag])]));
    if (options.json) say(io.stdout, JSON.stringify({ keys, organizations, flagged, counts, oldest: timeOf(oldest) }));
    else {
      say(io.stdout, `${keys} keys of ${organizations} organizations, the oldest from ${timeOf(oldest) ?? '-'}`);
      const rows = keyFlags.map((flag) => [flag, String(counts[flag]), mostOf(of[flag])]);
      say(io.stdout, columns([['FLAG', 'KEYS', 'ORGANIZATIONS WITH MOST'], ...rows]));
    }
    return flagged > 0 ? exits.findings : exits.fine;
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
  return ({ environment, owners, keys, waitsFor }) => {
    if (waitsFor !== undefined) return say(stderr, `reading ${environment}: no answer (${waitsFor}); asking again`);
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
