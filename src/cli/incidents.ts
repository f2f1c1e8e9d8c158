import { join } from 'node:path';
import { systemClock } from '../core/clock.ts';
import { createLedger, type Incident } from '../respond/ledger.ts';
import { openStore } from '../store.ts';
import { columns, type Exit, exits, type Io, say, when } from './io.ts';

const MOST = 1_000;

const withLedger = async <T>(dataDir: string, ask: (ledger: ReturnType<typeof createLedger>) => T): Promise<T> => {
  const store = openStore(join(dataDir, 'keyfuse.db'));
  try {
    return ask(createLedger(store, systemClock));
  } finally {
    await store.close();
  }
};

/** The incidents of this responder, newest first. */
export const list = async ({ dataDir, json }: { dataDir: string; json?: boolean }, io: Io): Promise<Exit> => {
  const incidents = await withLedger(dataDir, (ledger) => ledger.list(MOST));
  if (json) for (const incident of incidents) say(io.stdout, JSON.stringify(incident));
  else if (incidents.length === 0) say(io.stderr, 'no incidents');
  else
    say(
      io.stdout,
      columns([['INCIDENT', 'OUTCOME', 'DETECTOR', 'SIGHTINGS', 'OPENED', 'WHERE'], ...incidents.map(row)]),
    );
  return exits.fine;
};

const row = ({ id, outcome, why, detector, sightings, openedAt, locator }: Incident): readonly string[] => [
  ...[id, why ? `${outcome} (${why})` : (outcome ?? 'open'), detector, String(sightings), when(openedAt), locator],
];

/** One incident, whole, as JSON. Exit 2 when there is none of that id. */
export const show = async ({ dataDir, id }: { dataDir: string; id: string }, io: Io): Promise<Exit> => {
  const found = await withLedger(dataDir, (ledger) =>
    ledger.list(Number.MAX_SAFE_INTEGER).find((one) => one.id === id),
  );
  if (found) say(io.stdout, JSON.stringify(found, null, 2));
  else say(io.stderr, `keyfuse: there is no incident ${id}; 'keyfuse incidents list' shows them`);
  return found ? exits.fine : exits.usage;
};
