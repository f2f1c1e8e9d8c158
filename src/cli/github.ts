import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { githubClient } from '../app-github.ts';
import { loadSettings } from '../config-read.ts';
import { systemClock } from '../core/clock.ts';
import { workKinds } from '../core/github-facts.ts';
import type { Store } from '../core/store.ts';
import { gitVersion } from '../sources/git.ts';
import { examine } from '../sources/github/doctor.ts';
import type { Checked } from '../sources/github/doctor-checked.ts';
import { createPlaces } from '../sources/github/places.ts';
import { createWorkList } from '../sources/github/work-table.ts';
import { openStore } from '../store.ts';
import { type Exit, exits, type Io, say } from './io.ts';

export interface DoctorOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** Looks at our place on GitHub and says what to mend. Exit 78 when there is something. */
export const doctor = async ({ config: file, json = false }: DoctorOptions, io: Io): Promise<Exit> => {
  const settings = await loadSettings({ env: io.env, file });
  const record = async (): Promise<void> => undefined;
  const github = githubClient(settings, { clock: systemClock, record });
  // It only looks: where no daemon ran yet there is nothing to open, and nothing is made.
  const database = join(settings.dataDir, 'keyfuse.db');
  const store = existsSync(database) ? openStore(database) : undefined;
  let mends = 0;
  const tell = (checked: Checked): void => {
    if (checked.mend !== undefined) mends += 1;
    say(io.stdout, json ? JSON.stringify(checked) : lineOf(checked));
  };
  try {
    const { webhookSecret, repositories } = settings.github;
    if (!webhookSecret)
      tell({ what: 'WEBHOOK_SECRET is not set', mend: 'set the secret of the webhook, or no delivery is taken' });
    const places = store && createPlaces(store, systemClock);
    const known = places?.repositories() ?? [];
    const all = [...new Set([...repositories, ...known.map(({ name }) => name)])];
    const needs = { github, hooks: places?.hooks(), gitVersion: gitVersion(io.env), now: Date.now, stop: io.stop };
    for await (const checked of examine({ ...needs, repositories: all })) tell(checked);
    for (const checked of store ? unscanned(store) : []) tell(checked);
  } finally {
    await store?.close();
  }
  if (!json) say(io.stderr, mends === 0 ? 'keyfuse: nothing to mend' : `keyfuse: ${mends} to mend`);
  return mends === 0 ? exits.fine : exits.config;
};

const lineOf = ({ what, mend }: Checked): string =>
  mend === undefined ? `ok    ${what}` : `MEND  ${what}\n      → ${mend}`;

/** What could not be read so far. */
const unscanned = (store: Store): readonly Checked[] => {
  const counted = createWorkList(store).count('unscanned');
  const found = workKinds.flatMap((kind) => (counted.has(kind) ? [`${counted.get(kind)} ${kind}`] : []));
  if (found.length === 0) return [{ what: 'all that GitHub named was read, or waits' }];
  return [
    { what: `not scanned: ${found.join(', ')}`, mend: 'their log lines say why; they are tried again every day' },
  ];
};
