import { statSync } from 'node:fs';
import type { Stores } from './app-stores.ts';
import type { Settings } from './config.ts';
import { ringFault, signingKeyFault } from './config-rules.ts';
import type { SecretOrigin } from './config-secrets.ts';
import { type Clock, systemClock } from './core/clock.ts';
import { Fault } from './core/errors.ts';
import type { RecordFact } from './core/facts.ts';
import { fixedSecret } from './core/live-secret.ts';
import type { Secret } from './core/secret.ts';
import type { Sink } from './core/sink.ts';
import { runCommand } from './secrets/command.ts';
import type { Environment } from './secrets/env.ts';
import { pathOf } from './secrets/file.ts';
import { createLiveSecrets, type LiveSecrets } from './secrets/live.ts';
import type { Place } from './secrets/reference.ts';
import type { Renewable } from './secrets/renewing.ts';
import { openSink } from './secrets/sink.ts';
import { usable } from './secrets/text.ts';

/** Where the secrets of the settings came from, and the stores that have them. */
export interface SecretSources {
  readonly origins: readonly SecretOrigin[];
  readonly stores: Stores;
}

interface Needs {
  readonly clock: Clock;
  readonly record: RecordFact;
  /** Absent: they stay as they are. */
  readonly secrets?: SecretSources | undefined;
}

/** The secrets of the settings, kept fresh until stopped. */
export const openLiveSecrets = ({ secrets: settings }: Settings, { secrets, clock, record }: Needs): LiveSecrets => {
  if (!secrets) return { live: fixedSecret, refresh: async () => undefined, stop: () => undefined };
  const { origins, stores } = secrets;
  const find = (secret: Secret) => {
    const origin = origins.find(({ found }) => found.secret === secret);
    if (!origin || !canChange(origin.place)) return undefined;
    const { name, found, place, lines } = origin;
    return {
      ...{ name, found, faultOf: checkOf(name) },
      read: async () => usable(await stores.storeOf(place).read(place), place, { lines }),
      file: place.scheme === 'file' ? pathOf(place) : undefined,
    };
  };
  const { refreshSeconds, overlapSeconds } = settings;
  const times = { refreshMs: refreshSeconds * 1_000, overlapMs: overlapSeconds * 1_000 };
  return createLiveSecrets({ ...times, find, clock, record, random: Math.random });
};

/** What the start would not take is not taken later either. A name may end with its variable: `topic.sealKeys (SEAL_KEYS)`. */
const checkOf = (name: string): Renewable['faultOf'] =>
  ({ 'topic.sealKeys': ringFault, 'revocations.secret': signingKeyFault })[name.split(' ', 1)[0] ?? ''] ??
  (() => undefined);

/** The environment is what it was when we began, and a pipe gives what it has once. */
const canChange = (place: Place): boolean =>
  place.scheme === 'file' ? isRegular(pathOf(place)) : place.scheme !== 'env';

const isRegular = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? true;

/** Opens sinks: a reference to one of the stores, or `command:/path arg`. Errors: `Fault` `config.invalid`. */
export const createSinks =
  (stores: Pick<Stores, 'storeOf'> | undefined, env: Environment) =>
  (reference: string): Sink => {
    if (!stores) throw new Fault('config.invalid', 'a sink: no store is open');
    return openSink(reference, { storeOf: stores.storeOf, env, clock: systemClock });
  };

/** Runs a program that gets a key on standard input. Undefined: it ended with 0. Else why not, never the key. */
export const programOf =
  (env: Environment) =>
  async ([program = '', ...args]: readonly string[], secret: Secret): Promise<string | undefined> =>
    (await runCommand({ words: [program, ...args], env, deadlineMs: PROGRAM_MS }, secret))?.why;

const PROGRAM_MS = 30_000;
