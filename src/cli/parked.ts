import { join } from 'node:path';
import { detectors } from '../../detectors/index.ts';
import { createErrands, doErrands, type Errand } from '../app-errands.ts';
import { openKeys } from '../app-keys.ts';
import { openRecording } from '../app-record.ts';
import { openTopic } from '../app-topic.ts';
import type { Settings } from '../config.ts';
import { loadSettings } from '../config-read.ts';
import { fromWire } from '../core/candidate.ts';
import { systemClock } from '../core/clock.ts';
import type { Store } from '../core/store.ts';
import { createLedger } from '../respond/ledger.ts';
import { createEngine } from '../scan/engine.ts';
import { ruleOf } from '../scan/rule.ts';
import { createScrub } from '../scan/scrub.ts';
import { openStore } from '../store.ts';
import type { Parked, Topic } from '../topic/topic.ts';
import { findFolder } from './folder.ts';
import { columns, type Exit, exits, type Io, say, when } from './io.ts';

export interface ParkedOptions {
  readonly config?: string;
  readonly json?: boolean;
}

interface Room {
  readonly settings: Settings;
  readonly store: Store;
  readonly topic: Topic;
}

type Work = (room: Room) => Promise<Exit>;

const inside = async ({ config: file }: ParkedOptions, io: Io, work: Work): Promise<Exit> => {
  const settings = await loadSettings({ env: io.env, file });
  const {
    dataDir,
    topic: { brokers },
  } = settings;
  if (brokers.length === 0 && (await findFolder({ dataDir }, 'keyfuse.db', io)) === undefined) return exits.usage;
  const store = openStore(join(settings.dataDir, 'keyfuse.db'));
  const topic = await openTopic(settings, { store, clock: systemClock, record: async () => undefined });
  try {
    return await work({ settings, store, topic });
  } finally {
    await topic.close();
    await store.close();
  }
};

/** What was set aside because it could never succeed, oldest first. */
export const list = (options: ParkedOptions, io: Io): Promise<Exit> =>
  inside(options, io, async ({ topic }) => {
    const parked = await topic.parked.list();
    if (options.json) for (const one of parked) say(io.stdout, JSON.stringify(publicOf(one)));
    else if (parked.length === 0) say(io.stderr, 'nothing is parked');
    else say(io.stdout, columns([['MESSAGE', 'REASON', 'ATTEMPTS', 'PUBLISHED', 'PARKED'], ...parked.map(row)]));
    return exits.fine;
  });

const row = ({ id, reason, attempts, publishedAt, parkedAt }: Parked): readonly string[] => [
  ...[id, reason, String(attempts), when(publishedAt), when(parkedAt)],
];

const publicOf = ({ id, key, reason, attempts, publishedAt, parkedAt }: Parked) => ({
  ...{ id, fingerprint: key, reason, attempts, published: when(publishedAt), parked: when(parkedAt) },
});

/** One parked message: why, and where the key was found. Never the key. */
export const show = (id: string, options: ParkedOptions, io: Io): Promise<Exit> =>
  inside(options, io, async ({ settings, topic }) => {
    const one = (await topic.parked.list()).find((parked) => parked.id === id);
    if (!one) return noSuch(id, io);
    say(io.stdout, JSON.stringify({ ...publicOf(one), ...contents(one, settings) }, null, 2));
    return exits.fine;
  });

const contents = ({ key, value }: Parked, settings: Settings) => {
  try {
    const candidate = fromWire(Buffer.from(openKeys(settings).seal.open(value, key)).toString('utf8'), key);
    return candidate ? { detector: candidate.detector, origin: candidate.origin, via: candidate.via } : {};
  } catch {
    return { sealed: 'none of our keys opens it' };
  }
};

/** Has the running daemon do it, or does it here when none runs. The journal keeps who and why. */
export const change = (errand: Omit<Errand, 'who'>, options: ParkedOptions, io: Io): Promise<Exit> =>
  inside(options, io, async (room) => {
    const errands = createErrands(room.store);
    const asked = await errands.ask({ ...errand, who: io.env['USER'] ?? 'unknown' });
    const alone = room.store.lock('responder');
    if (alone) await doHere(room).finally(alone);
    const result = await waitFor(() => errands.result(asked), io);
    if (result === 'missing') return noSuch(errand.message, io);
    say(io.stderr, result ? `${errand.kind}: done` : `${errand.kind}: the daemon has not done it yet; it will`);
    return result ? exits.fine : exits.bug;
  });

const doHere = async ({ settings, store, topic }: Room): Promise<void> => {
  const clock = systemClock;
  const silent = { write: () => true };
  const known = detectors(settings.detectors);
  const recording = await openRecording(settings, {
    role: 'respond',
    version: 'cli',
    detectors: known,
    scrub: createScrub(createEngine(known.map(ruleOf))),
    clock,
    log: silent,
  });
  try {
    await doErrands({ store, topic, clock, record: recording.record, ledger: createLedger(store, clock) });
  } finally {
    await recording.close();
  }
};

const waitFor = async <T>(answer: () => T | undefined, { stop }: Io): Promise<T | undefined> => {
  for (let tries = 0; tries < 50 && !stop.aborted; tries += 1) {
    const found = answer();
    if (found !== undefined) return found;
    await systemClock.sleep(200, stop);
  }
  return undefined;
};

const noSuch = (id: string, io: Io): Exit => {
  say(io.stderr, `keyfuse: no message ${id} is parked; 'keyfuse parked list' shows what is`);
  return exits.usage;
};
