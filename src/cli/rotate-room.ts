import { join } from 'node:path';
import { detectors } from '../../detectors/index.ts';
import { openTrail, toldOf } from '../app-channels.ts';
import { openInventory } from '../app-inventory.ts';
import { workosEnvironments } from '../app-issuers.ts';
import { openKeys } from '../app-keys.ts';
import { openRecording } from '../app-record.ts';
import { openRotations } from '../app-rotations.ts';
import { createSinks, programOf } from '../app-secrets.ts';
import type { Settings } from '../config.ts';
import { loadConfig } from '../config-read.ts';
import { systemClock } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import type { Fact } from '../core/facts.ts';
import type { Sink } from '../core/sink.ts';
import type { Inventory } from '../keys/inventory.ts';
import type { Rotations } from '../keys/rotations.ts';
import { createEngine } from '../scan/engine.ts';
import { ruleOf } from '../scan/rule.ts';
import { createScrub } from '../scan/scrub.ts';
import { openStore } from '../store.ts';
import { type Exit, type Io, misuse } from './io.ts';
import { createProgress } from './keys.ts';

/** Where rotations are begun and worked on. */
export interface Room {
  readonly settings: Settings;
  readonly inventory: Inventory;
  readonly rotations: Rotations;
  /** Errors: `Fault` `config.invalid`. */
  readonly sink: (reference: string) => Sink;
  /** What becomes of rotations is said on standard output, for machines. */
  readonly json: boolean;
  /** Does what is due now, in the journal too; false: a daemon runs, and does it. */
  work(): Promise<boolean>;
}

export interface RoomOptions {
  readonly config?: string;
  /** Ask the issuer for all keys now, whatever is known. */
  readonly read?: true;
  readonly json?: boolean;
}

/** Opens what rotations need; keys that nobody listed yet are listed first. */
export const insideRotations = async (
  { config: file, read, json = false }: RoomOptions,
  io: Io,
  act: (room: Room) => Promise<Exit>,
): Promise<Exit> => {
  const { settings, stores, sealed } = await loadConfig({ env: io.env, file });
  await using opened = new AsyncDisposableStack();
  opened.defer(() => stores.close());
  if (sealed.length > 0) throw new Fault('config.invalid', `\n  - ${sealed.join('\n  - ')}`);
  const clock = systemClock;
  const store = opened.adopt(openStore(join(settings.dataDir, 'keyfuse.db')), (it) => it.close());
  const journal = createJournal(settings);
  const issuers = workosEnvironments(settings, { clock, record: journal.record });
  if (issuers.length === 0)
    throw misuse('keys are rotated with a credential of ours: WORKOS_API_KEY, or workos.environments in the settings');
  const needs = { store, clock, record: journal.record, issuers };
  const inventory = openInventory(settings, needs, issuers);
  const isUnread = issuers.some(({ environment }) => inventory.freshness(environment).readAt === undefined);
  if (read || isUnread) await inventory.readAll(io.stop, createProgress(io.stderr));
  else await inventory.follow().catch(() => undefined);
  const told = toldOf(openTrail(settings, needs), clock);
  const tools = { sink: createSinks(stores, io.env), program: programOf(io.env), told };
  const rotations = openRotations(settings, { ...needs, ...tools, seal: openKeys(settings).seal });
  const work = async (): Promise<boolean> => {
    const unlock = store.lock('responder');
    if (!unlock) return false;
    try {
      if (rotations.isDue()) await journal.during(() => rotations.work(io.stop));
      return true;
    } catch (error) {
      if (error instanceof Fault && error.code === 'journal.locked') return false; // A daemon begins, or ends.
      throw error;
    } finally {
      unlock();
    }
  };
  const exit = await act({ settings, inventory, rotations, sink: tools.sink, json, work });
  await inventory.follow().catch(() => undefined); // What we did is known to the commands that come next.
  return exit;
};

/** The journal of the daemon while it does not run: taken for as long as there is something to do, so that one can start. */
const createJournal = (settings: Settings) => {
  const known = detectors(settings.detectors);
  const scrub = createScrub(createEngine(known.map(ruleOf)));
  const how = { role: 'respond', version: 'cli', detectors: known, scrub, clock: systemClock } as const;
  let recording: Awaited<ReturnType<typeof openRecording>> | undefined;
  return {
    record: async (fact: Fact): Promise<void> => recording?.record(fact),
    async during(work: () => Promise<void>): Promise<void> {
      recording = await openRecording(settings, { ...how, log: { write: () => true } });
      try {
        await work();
      } finally {
        await recording.close();
        recording = undefined;
      }
    },
  };
};
