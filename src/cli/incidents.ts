import { join } from 'node:path';
import { systemClock } from '../core/clock.ts';
import { severityOf, usedOf } from '../core/severity.ts';
import { createLedger, type Incident, type Ledger } from '../respond/ledger.ts';
import { openStore } from '../store.ts';
import { type FolderOptions, findFolder } from './folder.ts';
import { columns, type Exit, exits, type Io, say, when } from './io.ts';

const MOST = 1_000;

const DATABASE = 'keyfuse.db';

/** What the ledger says; undefined when there is no database, which is said. */
const ask = async <T>(options: FolderOptions, io: Io, question: (ledger: Ledger) => T): Promise<T | undefined> => {
  const dataDir = await findFolder(options, DATABASE, io);
  if (dataDir === undefined) return undefined;
  const store = openStore(join(dataDir, DATABASE));
  try {
    return question(createLedger(store, systemClock));
  } finally {
    await store.close();
  }
};

/** The incidents of this responder, newest first. */
export const list = async (options: FolderOptions & { json?: boolean }, io: Io): Promise<Exit> => {
  const incidents = await ask(options, io, (ledger) => ledger.list(MOST));
  if (!incidents) return exits.usage;
  if (options.json) for (const incident of incidents) say(io.stdout, JSON.stringify(incident));
  else if (incidents.length === 0) say(io.stderr, 'no incidents');
  else
    say(
      io.stdout,
      columns([
        ['INCIDENT', 'OUTCOME', 'DETECTOR', 'SIGHTINGS', 'OPENED', 'KEY', 'OWNER', 'WHERE'],
        ...incidents.map(row),
      ]),
    );
  return exits.fine;
};

const row = ({
  id,
  outcome,
  why,
  detector,
  sightings,
  openedAt,
  handle,
  evidence,
  locator,
}: Incident): readonly string[] => [
  ...[
    id,
    why ? `${outcome} (${why})` : (outcome ?? 'open'),
    detector,
    String(sightings),
    when(openedAt),
    handle?.id ?? '-',
    evidence?.owner?.id ?? '-',
    locator,
  ],
];

/** One incident, whole. Exit 2 when there is none of that id. */
export const show = async (options: FolderOptions & { id: string; json?: boolean }, io: Io): Promise<Exit> => {
  const { id } = options;
  const incidents = await ask(options, io, (ledger) => ledger.list(Number.MAX_SAFE_INTEGER));
  if (!incidents) return exits.usage;
  const found = incidents.find((one) => one.id === id);
  if (!found) say(io.stderr, `keyfuse: there is no incident ${id}; 'keyfuse incidents list' shows them`);
  else if (options.json) say(io.stdout, JSON.stringify(found, null, 2));
  else for (const line of linesOf(found)) say(io.stdout, line);
  return found ? exits.fine : exits.usage;
};

/** What stands there, a line each; what is not known has none. */
const linesOf = (incident: Incident): readonly string[] => {
  const { handle, place, redact, why } = incident;
  const { time, ...log } = place?.log ?? {};
  const told: Readonly<Record<string, string | number | undefined>> = {
    incident: incident.id,
    outcome: `${incident.outcome ?? 'open'}${why ? ` (${why})` : ''}`,
    ...{ issuer: incident.issuer, detector: incident.detector, fingerprint: incident.fingerprint },
    key: handle && `${handle.id} (${handle.environment})`,
    severity: incident.evidence && severityOf(incident.evidence, incident.openedAt),
    ...evidenceOf(incident),
    ...{ sightings: incident.sightings, messages: incident.messages },
    'first seen': incident.locator,
    link: place?.link,
    ...log,
    'log time': time === undefined ? undefined : isoOf(time),
    ...{ opened: isoOf(incident.openedAt), intended: isoOf(incident.intendedAt), ended: isoOf(incident.endedAt) },
    'clean up': redact?.query,
  };
  return Object.entries(told).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${typeof value === 'string' ? publicLine(value) : value}`],
  );
};

/** What the issuer told while the key lived. */
const evidenceOf = ({ evidence = {} }: Incident) => {
  const { owner, createdAt, permissions } = evidence;
  const used = usedOf(evidence);
  const of = owner?.organization === undefined ? '' : ` of ${owner.organization}`;
  return {
    name: evidence.name,
    masked: evidence.masked,
    owner: owner && `${owner.type} ${owner.id}${of}`,
    permissions: permissions?.join(', '),
    created: createdAt,
    'last used': used === null ? 'never' : used,
  };
};

/** Strangers wrote some of it. */
const publicLine = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '?');

/** An ISO time; a stranger's number may be none. */
const isoOf = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : Math.abs(ms) <= 8.64e15 ? when(ms) : String(ms);
