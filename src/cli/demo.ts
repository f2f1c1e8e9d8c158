import { auditFolder } from '../app-record.ts';
import { systemClock } from '../core/clock.ts';
import { verifyJournal } from '../record/journal-verify.ts';
import { type Decoy, type Leak, leaks, plantDecoys } from './demo-leaks.ts';
import { createScreen, type Screen } from './demo-screen.ts';
import { openStage, type Stage } from './demo-stage.ts';
import { type Exit, exits, type Io, say } from './io.ts';

export interface DemoOptions {
  readonly once?: boolean;
  readonly json?: boolean;
}

const MOST_MS = 30_000;
const EVERY_MS = 20_000;

/** What one performance has. */
interface Play {
  readonly stage: Stage;
  readonly screen: Screen;
  readonly io: Io;
}

/** What `--once --json` prints. */
interface Report {
  readonly ok: boolean;
  readonly keys: readonly {
    readonly source: Leak['source'];
    readonly leakToDeadMs: number | null;
    readonly outcome: string;
  }[];
  readonly decoys: readonly {
    readonly kind: Decoy['kind'];
    readonly sent: boolean;
    readonly deleted: boolean;
    readonly outcome: string;
  }[];
  readonly ledger: Readonly<Record<string, number>>;
  readonly audit: { readonly records: number; readonly ok: boolean };
}

/** Leaks keys in three places beside decoys, and shows how each ends. Exit 0 only when all went right. */
export const demo = async ({ once = false, json = false }: DemoOptions, version: string, io: Io): Promise<Exit> => {
  const screen = createScreen(json ? io.stderr : io.stdout);
  screen.opening();
  const stage = await openStage({ version, watch: screen.watch, env: io.env });
  try {
    const play = { stage, screen, io };
    const report = await firstRound(play);
    if (json) say(io.stdout, JSON.stringify(report));
    screen.ending(report.ok, once ? undefined : { opsUrl: stage.daemon.opsUrl, dataDir: stage.dataDir });
    if (!once) await stayUp(play);
    if (!once) screen.closing();
    return report.ok ? exits.fine : exits.findings;
  } finally {
    await stage.close();
  }
};

const firstRound = async (play: Play): Promise<Report> => {
  const { stage, screen, io } = play;
  const leak = leaks(stage);
  const { decoys, besideThePush } = await plantDecoys(stage);
  const leaked: Leak[] = [];
  for (const next of [() => leak.push(besideThePush), leak.comment, leak.log]) {
    const one = await next();
    leaked.push(one);
    await screen.follow(
      one,
      until(() => screen.ended(one.key.fingerprint) !== undefined, io),
    );
  }
  for (const decoy of decoys) screen.decoy(decoy.kind, await fateOf(decoy, play));
  return report(play, leaked, decoys);
};

const fateOf = async ({ key }: Decoy, { stage: { workos }, screen, io }: Play) => {
  const { fingerprint } = key;
  if (fingerprint) await until(() => screen.ended(fingerprint) !== undefined, io);
  const deletions = workos
    .stats()
    .newest.filter(({ method, path }) => method === 'DELETE' && path.endsWith(`/${key.id}`));
  const outcome = (fingerprint && screen.ended(fingerprint)?.outcome) ?? 'suppressed';
  // The dead key was deleted once, by its owner, before it leaked.
  return {
    sent: workos.sentValues().has(key.sha256),
    deleted: deletions.length > (outcome === 'dead' ? 1 : 0),
    outcome,
  };
};

const report = async (play: Play, leaked: readonly Leak[], decoys: readonly Decoy[]): Promise<Report> => {
  const { stage, screen, io } = play;
  const { workos, daemon } = stage;
  const keys = leaked.map(({ source, at, key }) => {
    const dead = screen.ended(key.fingerprint);
    const proved = dead?.outcome === 'revoked' && !workos.isLive(key.id);
    return { source, leakToDeadMs: proved ? dead.at - at : null, outcome: dead?.outcome ?? 'open' };
  });
  const left = await Promise.all(decoys.map(async (decoy) => ({ kind: decoy.kind, ...(await fateOf(decoy, play)) })));
  const books = async () => daemon.books();
  await until(async () => (await books())?.states.in_flight === 0, io);
  const { states = {}, imbalance = Number.NaN } = (await books()) ?? {};
  const { records, ok } = await verifyJournal(auditFolder(stage));
  const ledger = { ...states, imbalance };
  // A dead key has to be asked about to be known as dead; the others must not be.
  const decoysFine = left.every(({ sent, deleted, outcome }) => !deleted && (!sent || outcome === 'dead'));
  const fine = keys.every(({ leakToDeadMs }) => leakToDeadMs !== null) && decoysFine && imbalance === 0 && ok;
  return { ok: fine, keys, decoys: left, ledger, audit: { records, ok } };
};

/** Leaks another key now and then, until a signal. */
const stayUp = async ({ stage, screen, io }: Play): Promise<void> => {
  const leak = leaks(stage);
  const ways = [leak.comment, leak.log, () => leak.push()];
  for (let round = 0; !io.stop.aborted; round += 1) {
    await systemClock.sleep(EVERY_MS, io.stop);
    const next = ways[round % ways.length];
    if (io.stop.aborted || !next) return;
    const one = await next();
    await screen.follow(
      one,
      until(() => screen.ended(one.key.fingerprint) !== undefined, io),
    );
  }
};

const until = async (reached: () => boolean | Promise<boolean>, { stop }: Io): Promise<void> => {
  const deadline = Date.now() + MOST_MS;
  while (!(await reached()) && Date.now() < deadline && !stop.aborted) await systemClock.sleep(10, stop);
};
