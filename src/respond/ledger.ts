import type { Clock } from '../core/clock.ts';
import { type HoldReason, holdReasons } from '../core/facts.ts';
import type { Origin } from '../core/origin.ts';
import type { Redaction } from '../core/redaction.ts';
import type { Sql, SqlRow, Store } from '../core/store.ts';
import { type Evidence, type Handle, type Outcome, outcomes } from '../core/verdict.ts';
import { createTally, settle } from './tally.ts';

/** What stands for one fingerprint. Times in epoch ms. */
export interface Incident {
  readonly id: string;
  readonly fingerprint: string;
  readonly detector: string;
  readonly issuer: string;
  /** Where it was seen first. */
  readonly locator: string;
  /** What else was said of that place. */
  readonly place: Pick<Origin, 'link' | 'log'> | undefined;
  readonly outcome: Outcome | undefined;
  readonly why: HoldReason | undefined;
  readonly handle: Handle | undefined;
  readonly evidence: Evidence | undefined;
  readonly openedAt: number;
  readonly intendedAt: number | undefined;
  readonly endedAt: number | undefined;
  /** Places where it was seen. */
  readonly sightings: number;
  /** Messages that told of them: one from a log may stand for many. */
  readonly messages: number;
  /** What finds its other copies, if it was seen in a log. */
  readonly redact: Redaction | undefined;
}

/** Opens an incident, or finds the one that stands. */
export type Opening = Pick<Incident, 'id' | 'fingerprint' | 'detector' | 'issuer' | 'locator'> &
  Partial<Pick<Incident, 'place'>>;

/** What the issuer told of a live key. */
interface Known {
  readonly handle: Handle;
  readonly evidence: Evidence;
}

interface Ending {
  readonly outcome: Outcome;
  readonly why?: HoldReason | undefined;
  /** When the issuer called it live. */
  readonly live?: Known | undefined;
  /** The message that this settles; absent when it goes round again. */
  readonly message?: string | undefined;
  /** The sightings that the message stands for. */
  readonly times: number;
  readonly redact: Redaction | undefined;
  /** Done in the same transaction. */
  readonly also?: ((sql: Sql) => void) | undefined;
}

interface Sighting {
  readonly message: string;
  readonly times: number;
  readonly redact: Redaction | undefined;
  readonly outcome: Outcome;
  /** Done in the same transaction, when the message was not counted before. */
  readonly also?: ((sql: Sql) => void) | undefined;
}

const DDL = `
create table if not exists incidents (
  fingerprint text primary key, id text not null, detector text not null, issuer text not null, locator text not null,
  outcome text, why text, handle text, evidence text,
  opened_at integer not null, intended_at integer, ended_at integer, sightings integer not null default 0);
create index if not exists incidents_intended on incidents (intended_at) where intended_at is not null;`;

/** Columns that ledgers of versions before do not have. */
const LATER = { messages: 'integer not null default 0', place: 'text', redact: 'text' };

/** What was done for each fingerprint, and how its messages ended. */
export const createLedger = (store: Store, clock: Clock) => {
  store.migrate(DDL);
  for (const [name, type] of Object.entries(LATER)) {
    const has = store.read((sql) => sql.get("select 1 from pragma_table_info('incidents') where name = ?", name));
    if (!has) store.migrate(`alter table incidents add column ${name} ${type}`);
  }
  return { ...changes(store, clock), ...questions(store), tally: createTally(store, clock) };
};

export type Ledger = ReturnType<typeof createLedger>;

const changes = (store: Store, clock: Clock) => ({
  /** Durable before the issuer is asked to delete. Keeps the first time. */
  intend: (opening: Opening, live: Known): Promise<void> =>
    store.write((sql) => {
      open(sql, opening, clock.now());
      know(sql, opening.fingerprint, live);
      sql.run(
        'update incidents set intended_at = coalesce(intended_at, ?) where fingerprint = ?',
        ...[clock.now(), opening.fingerprint],
      );
    }),
  /** How it stands now. */
  end: (opening: Opening, { outcome, why, live, message, times, redact, also }: Ending): Promise<void> =>
    store.write((sql) => {
      const at = clock.now();
      open(sql, opening, at);
      // An issuer that is silent just now does not make a live key that the brake holds any less live.
      const stays = outcome === 'unknown' ? "and why is not 'brake'" : '';
      sql.run(
        `update incidents set outcome = ?, why = ?, ended_at = ?, redact = coalesce(?, redact) where fingerprint = ? ${stays}`,
        ...[outcome, why ?? null, at, kept(redact), opening.fingerprint],
      );
      if (live) know(sql, opening.fingerprint, live);
      if (message !== undefined && settle(sql, { message, state: outcome, at }))
        sighted(sql, opening.fingerprint, times);
      also?.(sql);
    }),
  /** One more message of a fingerprint whose outcome stands. */
  sight: (fingerprint: string, { message, times, outcome, redact, also }: Sighting): Promise<void> =>
    store.write((sql) => {
      if (!settle(sql, { message, state: outcome, at: clock.now() })) return;
      sighted(sql, fingerprint, times);
      sql.run('update incidents set redact = coalesce(redact, ?) where fingerprint = ?', kept(redact), fingerprint);
      also?.(sql);
    }),
});

const questions = (store: Store) => ({
  find(fingerprint: string): Incident | undefined {
    const row = store.read((sql) => sql.get('select * from incidents where fingerprint = ?', fingerprint));
    return row && incidentOf(row);
  },
  /** Newest first. */
  list: (most: number): readonly Incident[] =>
    store.read((sql) => sql.all('select * from incidents order by opened_at desc limit ?', most)).map(incidentOf),
  /** When keys were first meant to be deleted, since `since`: the brake's measure. */
  intendedSince: (since: number): readonly { fingerprint: string; at: number }[] =>
    store
      .read((sql) =>
        sql.all('select fingerprint f, intended_at t from incidents where intended_at >= ? order by t', since),
      )
      .map((row) => ({ fingerprint: String(row['f']), at: Number(row['t']) })),
  /**
   * Keys that are to be deleted and are not proved dead, those that the brake holds included, per issuer, and since when
   * the oldest is known.
   */
  unrevoked: (): readonly { issuer: string; keys: number; oldest: number }[] =>
    store
      .read((sql) =>
        sql.all(`select issuer, count(*) n, min(opened_at) oldest from incidents
                 where intended_at is not null and coalesce(outcome, '') not in ('revoked', 'already-gone')
                 or outcome = 'held' and why = 'brake' group by issuer`),
      )
      .map((row) => ({ issuer: String(row['issuer']), keys: Number(row['n']), oldest: Number(row['oldest']) })),
});

const open = (sql: Sql, { fingerprint, id, detector, issuer, locator, place }: Opening, now: number): void => {
  sql.run(
    `insert into incidents (fingerprint, id, detector, issuer, locator, place, opened_at)
     values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
    ...[fingerprint, id, detector, issuer, locator, kept(place), now],
  );
};

/** The first evidence stays: our own questions change what the issuer tells later. */
const know = (sql: Sql, fingerprint: string, { handle, evidence }: Known): void => {
  sql.run(
    'update incidents set handle = ?, evidence = coalesce(evidence, ?) where fingerprint = ?',
    ...[JSON.stringify(handle), JSON.stringify(evidence), fingerprint],
  );
};

const sighted = (sql: Sql, fingerprint: string, times: number): void => {
  sql.run(
    'update incidents set sightings = sightings + ?, messages = messages + 1 where fingerprint = ?',
    ...[times, fingerprint],
  );
};

const time = (value: unknown): number | undefined => (value === null ? undefined : Number(value));
const kept = (value: object | undefined): string | null => (value ? JSON.stringify(value) : null);
/** JSON that this file wrote. */
const stored = (value: unknown) => (value === null ? undefined : JSON.parse(String(value)));

const incidentOf = (row: SqlRow): Incident => ({
  id: String(row['id']),
  fingerprint: String(row['fingerprint']),
  detector: String(row['detector']),
  issuer: String(row['issuer']),
  locator: String(row['locator']),
  place: stored(row['place']),
  outcome: outcomes.find((outcome) => outcome === row['outcome']),
  why: holdReasons.find((why) => why === row['why']),
  handle: stored(row['handle']),
  evidence: stored(row['evidence']),
  openedAt: Number(row['opened_at']),
  intendedAt: time(row['intended_at']),
  endedAt: time(row['ended_at']),
  sightings: Number(row['sightings']),
  messages: Number(row['messages']),
  redact: stored(row['redact']),
});
